# 10,000 random 4 KiB writes over a 1 TiB disk: what is stored, maps, reference nodes and runs included, follows the touched blocks.
foreach ($blockSize in 65536, 4096) {
    $image = Join-Path $folder "disk-$blockSize.raw"
    Invoke-Tool truncate -s 1T $image | Out-Null
    $vault = Join-Path $folder "vault-$blockSize"
    $repository = New-WorkloadRepository -Path $vault -Passphrase $secret -BlockSize $blockSize -Confirm:$false
    $null = New-WorkloadSnapshot -Name disk -BootDiskPath $image -Repository $repository
    $before = Get-FolderBytes $vault
    Edit-RandomDisk -Path $image -Count 10000 -Size 4096 -Seed 7
    $snapshot = New-WorkloadSnapshot -Name disk -BootDiskPath $image -Repository $repository
    $added = (Get-FolderBytes $vault) - $before
    $maps = (Get-FolderBytes (Join-Path $vault maps)) + (Get-FolderBytes (Join-Path $vault references)) + (Get-FolderBytes (Join-Path $vault locations))
    "blocks of $blockSize bytes: touched blocks $($snapshot.ChangedBytes) bytes, added to the store $added bytes (maps, reference nodes and runs $maps), ratio $('{0:n3}' -f ($added / $snapshot.ChangedBytes))"
    Assert-True ($added -le 1.1 * $snapshot.ChangedBytes) "more than 1.1 x the touched blocks of $blockSize bytes"
    Disconnect-WorkloadRepository -Repository $repository
    Remove-Item -LiteralPath $image
}
