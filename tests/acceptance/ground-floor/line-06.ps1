# 16 TiB sparse disks with 512 MiB in them: memory follows no size, the second capture follows the change.
$size = 16TB
$cases = @{ vhdx = 'vhdx'; qcow2 = 'qcow2'; raw = 'raw' }
foreach ($case in $cases.Keys | Sort-Object) {
    $image = Join-Path $folder "big.$case"
    if ($case -eq 'raw') {
        $size = 16TB; while ($size -gt 1GB) { & truncate -s $size $image 2>$null; if ($LASTEXITCODE -eq 0) { break }; $size = $size -eq 16TB ? 16TB - 1MB : [long]($size / 2) }
    } else { Invoke-Tool qemu-img create -q -f $cases[$case] $image 16T | Out-Null; $size = 16TB }
    $writes = 0..63 | ForEach-Object { '-c', "write -q -P $($_ + 1) $([long]($_ * ($size / 70) -band -bnot 0xFFFFF)) 8M" }
    Invoke-Tool qemu-io -f $cases[$case] @writes $image | Out-Null
    $script = {
        param($root, $image, $vault, $step)
        $ProgressPreference = 'SilentlyContinue'; $ErrorActionPreference = 'Stop'
        Import-Module (Join-Path $root 'WorkloadPortability.psd1')
        if ($step -eq 'idle') { return }
        $secret = ConvertTo-SecureString 'correct horse battery staple' -AsPlainText -Force
        $repository = (Test-Path $vault) ? (Connect-WorkloadRepository -Path $vault -Passphrase $secret) : (New-WorkloadRepository -Path $vault -Passphrase $secret -Confirm:$false)
        $watch = [Diagnostics.Stopwatch]::StartNew()
        if ($step -eq 'list') { $null = Get-WorkloadSnapshot -Repository $repository; $null = Get-WorkloadDisk -Path $image; return }
        $snapshot = New-WorkloadSnapshot -Name big -BootDiskPath $image -Repository $repository
        'changed {0:n0} stored {1:n0} in {2:n2} s' -f $snapshot.ChangedBytes, $snapshot.StoredBytes, $watch.Elapsed.TotalSeconds
    }
    $file = Join-Path $folder 'step.ps1'; Set-Content $file $script
    $idle = 0
    foreach ($step in 'idle', 'first', 'unchanged', 'second', 'list') {
        if ($step -eq 'second') { Invoke-Tool qemu-io -f $cases[$case] @(0..7 | ForEach-Object { '-c', "write -q -P 200 $([long]($_ * ($size / 70) -band -bnot 0xFFFFF)) 8M" }) $image | Out-Null }
        $output = & /usr/bin/time -f '%M' -o "$folder/rss" pwsh -NoProfile -NonInteractive -File $file $root $image (Join-Path $folder "vault-$case") $step 2>&1
        Assert-True ($LASTEXITCODE -eq 0) "$case ${step}: $($output | Out-String)"
        $peak = [int](Get-Content "$folder/rss")
        if ($step -eq 'idle') { $idle = $peak; continue }
        "${case} ${step}: $output; peak $([int](($peak - $idle) / 1024)) MiB above idle"
        Assert-True ($peak - $idle -lt 256 * 1024) "$case ${step}: $peak KiB, idle $idle KiB"
    }
    Remove-Item $image
}
