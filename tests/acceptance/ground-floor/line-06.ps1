# 16 TiB sparse disks with 512 MiB of random bytes in them: memory follows no size, the second capture's cost follows the change, an unchanged VHDX is seen at once.
# Memory is the peak of a pwsh of its own above that of one which only imports the module; time is that of the cmdlet inside a running pwsh, and once more in the same one.
$step = Join-Path $folder 'step.ps1'
Set-Content $step {
    param($root, $image, $vault, $step)
    $ProgressPreference = 'SilentlyContinue'; $ErrorActionPreference = 'Stop'; $WarningPreference = 'SilentlyContinue'
    Import-Module (Join-Path $root 'WorkloadPortability.psd1')
    if ($step -eq 'idle') { return }
    $secret = ConvertTo-SecureString 'correct horse battery staple' -AsPlainText -Force
    $repository = (Test-Path $vault) ? (Connect-WorkloadRepository -Path $vault -Passphrase $secret) : (New-WorkloadRepository -Path $vault -Passphrase $secret -Confirm:$false)
    if ($step -eq 'open') {
        $snapshots = @(Get-WorkloadSnapshot -Repository $repository | Sort-Object Sequence)
        $ends = $snapshots | Where-Object ChangedBytes -GT 0
        $differ = (Compare-WorkloadSnapshot -ReferenceSnapshot $ends[0] -DifferenceSnapshot $ends[1] | Measure-Object Length -Sum).Sum
        $disk = Get-WorkloadDisk -Path $image
        "$($snapshots.Count) snapshots listed; of $($disk.Length) bytes $differ differ; the last one is whole: $($snapshots[-1] | Test-WorkloadSnapshot)"
        return
    }
    $seconds = foreach ($round in 1..($step -eq 'unchanged' ? 2 : 1)) {
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $snapshot = New-WorkloadSnapshot -Name big -BootDiskPath $image -Repository $repository
        $watch.Elapsed.TotalSeconds.ToString('n2', [cultureinfo]::InvariantCulture)
    }
    "changed $($snapshot.ChangedBytes) stored $($snapshot.StoredBytes) seconds $($seconds -join ' then ')"
}

# Fills ranges of an image with random bytes, none like another.
function Write-RandomRanges {
    param([string] $Driver, [string] $Image, [long] $Length, [int[]] $Numbers)
    $commands = foreach ($number in $Numbers) {
        $pattern = Join-Path $folder "pattern-$number"
        Invoke-Tool dd if=/dev/urandom "of=$pattern" bs=1M count=8 status=none | Out-Null
        '-c'; "write -q -s $pattern $([long]($number * ($Length / 70)) -band -bnot 0xFFFFF) 8M"
    }
    Invoke-Tool qemu-io -f $Driver @commands $Image | Out-Null
    Remove-Item "$folder/pattern-*"
}

foreach ($case in 'vhdx', 'qcow2', 'raw') {
    $image = Join-Path $folder "big.$case"
    $vault = Join-Path $folder "vault-$case"
    $length = 16TB
    if ($case -eq 'raw') {
        # The largest file that this file system holds: 16 TiB - 4 KiB on ext4.
        foreach ($length in 16TB, (16TB - 4KB), 8TB, 4TB, 2TB, 1TB) { & truncate -s $length $image 2>$null; if ($LASTEXITCODE -eq 0) { break } }
    } else { Invoke-Tool qemu-img create -q -f $case $image 16T | Out-Null }
    Write-RandomRanges -Driver $case -Image $image -Length $length -Numbers (0..63)
    $idle = 0
    foreach ($name in 'idle', 'first', 'unchanged', 'second', 'open') {
        if ($name -eq 'second') { Write-RandomRanges -Driver $case -Image $image -Length $length -Numbers (0..7) }
        $before = (Test-Path $vault) ? (Get-FolderBytes $vault) : 0
        $output = & /usr/bin/time -f '%M' -o "$folder/rss" pwsh -NoProfile -NonInteractive -File $step $root $image $vault $name 2>&1 | Out-String
        Assert-True ($LASTEXITCODE -eq 0) "$case ${name}: $output"
        $peak = [int](Get-Content "$folder/rss" | Select-Object -Last 1)
        if ($name -eq 'idle') { $idle = $peak; "${case}: $length bytes, an idle pwsh takes $([int]($idle / 1024)) MiB"; continue }
        $added = (Get-FolderBytes $vault) - $before
        "${case} ${name}: $($output.Trim()); $added bytes added; peak $([int](($peak - $idle) / 1024)) MiB above idle"
        Assert-True ($peak - $idle -lt 256 * 1024) "$case ${name}: $peak KiB, idle $idle KiB"
        if ($name -eq 'first') { Assert-True ($output -match "changed $(512MB) ") "${case}: 512 MiB were written" }
        if ($name -eq 'second') {
            Assert-True ($output -match "changed $(64MB) ") "${case}: 64 MiB were written"
            Assert-True ($added -le 1.1 * 64MB) "${case}: $added bytes for 64 MiB"
        }
        if ($name -eq 'open') { Assert-True ($output -match " $(64MB) differ.*: True") "${case}: $output" }
        if ($case -eq 'vhdx' -and $name -eq 'unchanged') {
            Assert-True ($output -match 'changed 0 stored 0 seconds ([\d.]+) then ([\d.]+)' -and [double]$Matches[1] -lt 1 -and [double]$Matches[2] -lt 1) "an unchanged VHDX took over a second: $output"
        }
    }
    Remove-Item $image
    Remove-Item -Recurse -Force $vault
}
