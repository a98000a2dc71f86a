# A real guest, killed while it writes: what we read after our replay in memory is what lies there after e2fsck -p on a copy.
if (-not $GuestPath) { 'not reached: no -GuestPath'; return }
$boot = Join-Path $LabPath 'boot-guest.sh'
if (-not (Test-Path $boot)) { 'not reached: no boot-guest.sh in -LabPath'; return }
if ((Invoke-Tool id -u) -ne 0) { 'not reached: debugfs gives files their owners as root only'; return }
foreach ($file in 'boot.raw', 'data.raw') { Invoke-Tool cp --sparse=always "$GuestPath/$file" "$folder/$file" | Out-Null }
$rounds = $Long ? 30 : 3
$random = [Random]::new(7)

# One line a file: kind and mode, owner, length, target of a link, hash of a file's content.
function Get-HashTable {
    param([string] $Path)
    $hashes = [System.Collections.Generic.Dictionary[string, string]]::new([StringComparer]::Ordinal)
    foreach ($line in (Invoke-Tool sh -c 'cd "$1" && find . -type f -print0 | xargs -0r sha256sum -z | tr "\n\0" "?\n"' sh $Path)) {
        $hashes[$line.Substring(68)] = $line.Substring(0, 64)
    }
    # The comma keeps an empty table from being unrolled.
    , $hashes
}

# A mode as ls(1) writes it.
function ConvertTo-ModeText {
    param([int] $Mode)
    $type = @{ 1 = 'p'; 2 = 'c'; 4 = 'd'; 6 = 'b'; 8 = '-'; 10 = 'l'; 12 = 's' }[$Mode -shr 12]
    $text = [char[]]"${type}rwxrwxrwx"
    foreach ($bit in 0..8) { if (-not ($Mode -band (0x100 -shr $bit))) { $text[1 + $bit] = '-' } }
    foreach ($special in @(0x800, 3, 's'), @(0x400, 6, 's'), @(0x200, 9, 't')) {
        $flag, $at, $letter = $special
        if ($Mode -band $flag) { $text[$at] = $text[$at] -eq 'x' ? $letter : $letter.ToUpperInvariant() }
    }
    -join $text
}

# What lies on a volume by debugfs, after e2fsck -p: "path mode owner length target hash". Of what is copied out debugfs keeps no sticky and
# set-user bits, so that modes are taken from its lists, one level of directories after the other.
function Get-ForeignTree {
    param([string] $Partition, [string] $Out)
    $checked = & e2fsck -p $Partition 2>&1
    Assert-True ($LASTEXITCODE -lt 4) "e2fsck -p ended with ${LASTEXITCODE}: $checked"
    Invoke-Tool e2fsck -fn $Partition | Out-Null
    $null = New-Item -ItemType Directory $Out
    Invoke-Tool debugfs -R "rdump / $Out" $Partition | Out-Null
    $hashes = Get-HashTable $Out
    $targets = [System.Collections.Generic.Dictionary[string, string]]::new([StringComparer]::Ordinal)
    foreach ($line in (Invoke-Tool find $Out -type l -printf '%P\t%l\n')) { $path, $target = $line.Split("`t"); $targets[$path] = $target }
    $level = @{ 2 = '' }
    while ($level.Count) {
        [IO.File]::WriteAllLines("$folder/list", [string[]]@($level.Keys | ForEach-Object { "ls -p <$_>" }))
        $next = @{}; $parent = ''
        foreach ($line in (Invoke-Tool debugfs -f "$folder/list" $Partition)) {
            if ("$line" -match '^debugfs: ls -p <(\d+)>') { $parent = $level[[int]$Matches[1]]; continue }
            if ("$line" -notmatch '^/(\d+)/(\d+)/(\d+)/(\d+)/([^/]+)/(\d*)/' -or $Matches[5] -in '.', '..' -or $Matches[1] -eq '0') { continue }
            $path = $parent + $Matches[5]
            $text = ConvertTo-ModeText ([Convert]::ToInt32($Matches[2], 8))
            if ($text[0] -eq 'd') { $next[[int]$Matches[1]] = "$path/" }
            $length = $text[0] -eq '-' ? [long]$Matches[6] : 0
            "$path $text $($Matches[3]):$($Matches[4]) $length $($targets[$path]) $($hashes[$path])"
        }
        $level = $next
    }
}

# The same out of the image, read by us.
function Get-OwnTree {
    param($Volume, [string] $Out)
    $Volume | Copy-WorkloadFile -Path / -Destination $Out -Recurse -WarningAction Ignore
    $hashes = Get-HashTable $Out
    foreach ($file in ($Volume | Get-WorkloadFile -Path / -Recurse)) {
        $path = $file.Path.TrimStart('/')
        $length = $file.Kind -eq 'File' ? $file.Length : 0
        "$path $($file.Attributes) $($file.Owner) $length $($file.Target) $($hashes[$path])"
    }
}

# The guest makes, changes, moves and removes files on both disks without end, some of them flushed.
$load = @'
#!/bin/sh
work() {
  n=0
  while :; do
    n=$((n + 1)); d=$1/load/$((n % 7)); mkdir -p $d
    dd if=/dev/urandom of=$d/f$n bs=1000 count=$((n % 40 + 1)) 2>/dev/null
    [ $((n % 3)) = 0 ] && ln -s f$n $d/link$n && ln $d/f$n $d/hard$n
    [ $((n % 5)) = 0 ] && chmod 640 $d/f$n && chown 1000:$n $d/f$n && mv $d/f$n $1/load/moved
    [ $((n % 11)) = 0 ] && sync
    [ $((n % 13)) = 0 ] && rm -rf $1/load/$((n % 6))
  done
}
work /var & work /data & wait
'@
$unit = "[Unit]`nAfter=local-fs.target`n[Service]`nType=exec`nExecStart=/bin/sh /root/load.sh`n[Install]`nWantedBy=multi-user.target`n"
[IO.File]::WriteAllText("$folder/load.sh", $load)
[IO.File]::WriteAllText("$folder/load.service", $unit)
$partition = (Get-WorkloadVolume "$folder/boot.raw").Where({ $_.FileSystem -like 'ext*' })[0]
$script = "write $folder/load.sh /root/load.sh", "write $folder/load.service /etc/systemd/system/load.service",
    'symlink /etc/systemd/system/multi-user.target.wants/load.service /etc/systemd/system/load.service'
[IO.File]::WriteAllLines("$folder/script", [string[]]$script)
Invoke-Tool debugfs -w -f "$folder/script" "$folder/boot.raw?offset=$($partition.Offset)" | Out-Null

foreach ($round in 1..$rounds) {
    $run = "$folder/run-$round"
    try {
        Invoke-Tool $boot -i $folder -r $run -P 0 | Out-Null
        # Until its system is up, and then a time that is not foreseen.
        $limit = [datetime]::UtcNow.AddMinutes(6)
        while (-not (Select-String -Path "$run/serial.log" -Pattern 'login:' -Quiet -ErrorAction Ignore)) {
            Assert-True ([datetime]::UtcNow -lt $limit) "the guest is not up: $(Get-Content "$run/serial.log" -Tail 5)"
            Start-Sleep -Seconds 1
        }
        Start-Sleep -Milliseconds $random.Next(2000, 15000)
    } finally {
        $machine = [int](Get-Content "$run/qemu.pid" -ErrorAction Ignore)
        if ($machine -gt 0) { Invoke-Tool kill -9 $machine | Out-Null; while (Test-Path "/proc/$machine") { Start-Sleep -Milliseconds 100 } }
    }

    foreach ($disk in 'boot', 'data') {
        foreach ($volume in (Get-WorkloadVolume "$folder/$disk.raw").Where({ $_.FileSystem -like 'ext*' })) {
            $copy = "$folder/partition"
            Invoke-Tool dd "if=$folder/$disk.raw" "of=$copy" bs=1M "iflag=skip_bytes,count_bytes" "skip=$($volume.Offset)" "count=$($volume.Length)" conv=sparse status=none | Out-Null
            $theirs = @(Get-ForeignTree $copy "$folder/theirs" | Sort-Object -CaseSensitive -Culture '')
            $ours = @(Get-OwnTree $volume "$folder/ours" | Sort-Object -CaseSensitive -Culture '')
            Assert-True ($theirs.Count -gt 1) "debugfs finds $($theirs.Count) files"
            $different = @(Compare-Object $theirs $ours -CaseSensitive -SyncWindow 0 | Select-Object -First 6 | ForEach-Object { "$($_.SideIndicator) $($_.InputObject)" })
            Assert-True ($different.Count -eq 0) "round $round, ${disk}: $($different -join '; ')"
            "round $round, $disk disk, volume $($volume.Number): $($ours.Count) names equal in mode, owner, length, target and SHA-256; $($volume.Findings -join ' ')"
            Remove-Item -Recurse -Force "$folder/ours", "$folder/theirs", $copy
        }
    }
}
