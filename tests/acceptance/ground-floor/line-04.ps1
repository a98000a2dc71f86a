# A real guest: captured while it is off, refused while it runs, captured again after QEMU was killed, restored, booted; its ledger is sound.
if (-not $GuestPath) { 'not reached: no -GuestPath'; return }
$boot = Join-Path $LabPath 'boot-guest.sh'
if (-not (Test-Path $boot)) { 'not reached: no boot-guest.sh in -LabPath'; return }
foreach ($file in 'boot.raw', 'data.raw', 'manifest.txt') { Invoke-Tool cp --sparse=always "$GuestPath/$file" "$folder/$file" | Out-Null }
$wait = 600

# A free port of this host, so that two runs do not meet.
function Get-FreePort {
    $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
    $listener.Start(); $port = $listener.LocalEndpoint.Port; $listener.Stop()
    $port
}

# Bytes of 64 KiB blocks in which two raw disks differ: what a capture may store at most.
function Get-DifferentBytes {
    param([string] $Left, [string] $Right)
    $a = [IO.File]::OpenRead($Left); $b = [IO.File]::OpenRead($Right)
    try {
        Assert-True ($a.Length -eq $b.Length) "$Left and $Right differ in length"
        $size = 65536; $many = 64 * $size
        $x = [byte[]]::new($many); $y = [byte[]]::new($many); $blocks = 0
        while (($count = $a.ReadAtLeast($x, $many, $false)) -gt 0) {
            $null = $b.ReadAtLeast($y, $many, $false)
            if (-not [Linq.Enumerable]::SequenceEqual([ArraySegment[byte]]::new($x, 0, $count), [ArraySegment[byte]]::new($y, 0, $count))) {
                for ($at = 0; $at -lt $count; $at += $size) {
                    $length = [math]::Min($size, $count - $at)
                    if (-not [Linq.Enumerable]::SequenceEqual([ArraySegment[byte]]::new($x, $at, $length), [ArraySegment[byte]]::new($y, $at, $length))) { $blocks++ }
                }
            }
        }
        $blocks * $size
    } finally { $a.Dispose(); $b.Dispose() }
}

# Checks the running hash over all lines: md5 of the hash before, the number and the time.
function Test-Ledger {
    param([string] $Text)
    $hash = '0'; $number = 0
    foreach ($line in $Text.Split("`n", [StringSplitOptions]::RemoveEmptyEntries)) {
        $sequence, $time, $stored = $line.Split(' ')
        $number++
        $hash = [Convert]::ToHexString([Security.Cryptography.MD5]::HashData([Text.Encoding]::ASCII.GetBytes("$hash $sequence $time"))).ToLowerInvariant()
        Assert-True ([int]$sequence -eq $number -and $hash -eq $stored) "the ledger breaks at line ${number}: $line"
    }
    $number
}

$repository = New-WorkloadRepository -Path (Join-Path $folder 'vault') -Passphrase $secret -Confirm:$false -WarningAction Ignore
$null = Register-Workload -Name guest -BootDiskPath "$folder/boot.raw" -DataDiskPath "$folder/data.raw" -Repository $repository
$first = New-WorkloadSnapshot -Name guest -Repository $repository
"first capture: $($first.ChangedBytes) bytes changed, $($first.StoredBytes) stored"
$before = Get-FolderBytes "$folder/vault"

$port = Get-FreePort
try {
    Invoke-Tool $boot -i $folder -r "$folder/run" -P $port -w $wait | Select-Object -Last 1
    $problem = $null
    try { $null = New-WorkloadSnapshot -Name guest -Repository $repository -ErrorAction Stop } catch { $problem = $_ }
    Assert-True ($problem.FullyQualifiedErrorId -like 'DiskInUse*') "while it ran: $problem"
    Assert-True ("$problem" -match "process $(Get-Content "$folder/run/qemu.pid")") "the holder is not named: $problem"
    "refused while it runs: $($problem.Exception.Message) $($problem.ErrorDetails.RecommendedAction)"
    $last = 0
    while ($last -lt 40) { Start-Sleep -Seconds 2; $last = Test-Ledger (Invoke-RestMethod "http://127.0.0.1:$port/ledger.txt") }
    "it wrote $last lines into its ledger"
} finally {
    # The power fails.
    $machine = [int](Get-Content "$folder/run/qemu.pid" -ErrorAction Ignore)
    if ($machine -gt 0) { Invoke-Tool kill -9 $machine | Out-Null; while (Test-Path "/proc/$machine") { Start-Sleep -Milliseconds 100 } }
}

$second = New-WorkloadSnapshot -Name guest -Repository $repository
$added = (Get-FolderBytes "$folder/vault") - $before
$touched = (Get-DifferentBytes "$GuestPath/boot.raw" "$folder/boot.raw") + (Get-DifferentBytes "$GuestPath/data.raw" "$folder/data.raw")
"second capture: $touched bytes lie in touched blocks, $($second.ChangedBytes) bytes changed, $added bytes added to the store"
Assert-True ($second.ChangedBytes -eq $touched) 'the changed bytes are not those of the touched blocks'
Assert-True ($added -le 1.1 * $touched) 'more was added than the touched blocks hold'

$restored = $second | Restore-WorkloadImage -DestinationPath "$folder/restored" -Format Raw
Invoke-Tool cmp $restored[0].Path "$folder/boot.raw" | Out-Null
Invoke-Tool cmp $restored[1].Path "$folder/data.raw" | Out-Null
$again = (New-Item -ItemType Directory "$folder/again").FullName
Move-Item $restored[0].Path "$again/boot.raw"; Move-Item $restored[1].Path "$again/data.raw"
$port = Get-FreePort
try {
    Invoke-Tool $boot -i $again -r "$folder/run2" -P $port -w $wait | Select-Object -Last 1
    $lines = Test-Ledger (Invoke-RestMethod "http://127.0.0.1:$port/ledger.txt")
    Assert-True ($lines -ge $last) "the ledger has $lines lines, $last were seen before the power failed"
    Invoke-WebRequest "http://127.0.0.1:$port/known.bin" -OutFile "$folder/known.bin"
    $known = (Get-FileHash "$folder/known.bin").Hash
    Assert-True ([bool](Select-String -Path "$folder/manifest.txt" -Pattern "^$known +srv/www/known.bin" -Quiet)) "known.bin has the hash $known"
    "the restored guest answers, its ledger is sound over $lines lines, known.bin is as it was made"
} finally { Invoke-Tool $boot -r "$folder/run2" -q | Out-Null }
