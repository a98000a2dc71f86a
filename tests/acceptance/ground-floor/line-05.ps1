# Against restic in the same run, both encrypted: the guest's disk and a disk of a system's files.
if (-not $GuestPath) { 'not reached: no -GuestPath'; return }
$files = Join-Path $folder 'files.raw'
Invoke-Tool truncate -s 2G $files | Out-Null
Invoke-Tool mke2fs -q -t ext4 -d /usr/share $files | Out-Null
Invoke-Tool (Join-Path $root 'bench/compare.sh') -w (Join-Path $folder 'bench') -r 3 "$GuestPath/boot.raw" $files
