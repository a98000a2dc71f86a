# Against restic in the same run, both encrypted: the guest's disk and a disk of 2 GiB with a system's files.
if (-not $GuestPath) { 'not reached: no -GuestPath'; return }
$files = Join-Path $folder 'system.raw'
$ratios = Join-Path $folder 'ratios'
Invoke-Tool (Join-Path $root 'bench/make-system-disk.sh') $files | Out-Null
Invoke-Tool (Join-Path $root 'bench/compare.sh') -w (Join-Path $folder 'bench') -r 3 -o $ratios "$GuestPath/boot.raw" $files

# Name in the file of ratios (ours is the cmdlet at its first use in a connected PowerShell), what it says, least and greatest value.
$bounds = @(
    , @('first', 'first capture, times as fast as restic', 2.5, [double]::MaxValue)
    , @('restore', 'restore, times as fast as restic', 2.0, [double]::MaxValue)
    , @('stored', 'stored, of what restic stores', 0.0, 1.1)
    , @('second-limit', 'second scan, of read and hash alone', 0.8, [double]::MaxValue)
)
$broken = foreach ($line in Get-Content $ratios) {
    $image, $name, $value = $line -split ';'
    foreach ($bound in $bounds.Where({ $_[0] -eq $name })) {
        $holds = [double]$value -ge $bound[2] -and [double]$value -le $bound[3]
        if (-not $holds) { "${image}: $($bound[1]): $value" }
    }
}
Assert-True (-not $broken) ("does not hold: " + ($broken -join '; '))
