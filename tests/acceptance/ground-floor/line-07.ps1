# 10,000 random 4 KiB writes over a 1 TiB disk: what is stored follows the touched blocks.
$image = Join-Path $folder 'disk.raw'
Invoke-Tool truncate -s 1T $image | Out-Null
$vault = Join-Path $folder 'vault'
$repository = New-WorkloadRepository -Path $vault -Passphrase $secret -Confirm:$false
$null = New-WorkloadSnapshot -Name disk -BootDiskPath $image -Repository $repository
$before = Get-FolderBytes $vault
Edit-RandomDisk -Path $image -Count 10000 -Size 4096 -Seed 7
$snapshot = New-WorkloadSnapshot -Name disk -BootDiskPath $image -Repository $repository
$added = (Get-FolderBytes $vault) - $before
"touched blocks $($snapshot.ChangedBytes) bytes, added to the store $added bytes, ratio $('{0:n3}' -f ($added / $snapshot.ChangedBytes))"
Assert-True ($added -le 1.1 * $snapshot.ChangedBytes) 'more than 1.1 x the touched blocks'
