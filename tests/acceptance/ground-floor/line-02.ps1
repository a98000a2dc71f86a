# Images and disks of others: contents equal their digests, the broken ones refused, the dirty VHDX replayed.
$data = $env:PORTABILITY_TESTDATA ? $env:PORTABILITY_TESTDATA : (Join-Path $root '../shared/testdata')
if (-not (Test-Path $data)) { 'not reached: no test data'; return }
$repository = New-WorkloadRepository -Path (Join-Path $folder 'vault') -Passphrase $secret -Confirm:$false
foreach ($kind in 'vdisk', 'disk') {
    $expected = Get-Content -Raw (Join-Path $data $kind 'expected.json') | ConvertFrom-Json -AsHashtable
    foreach ($item in $expected.items) {
        $image = Join-Path $folder ($item.file -replace '\.gz$')
        $zipped = [IO.Compression.GZipStream]::new([IO.File]::OpenRead((Join-Path $data $kind $item.file)), 'Decompress')
        $output = [IO.File]::Create($image); $zipped.CopyTo($output); $output.Dispose(); $zipped.Dispose()
    }
    foreach ($item in $expected.items) {
        $image = Join-Path $folder ($item.file -replace '\.gz$')
        $facts = $item.facts
        $before = (Get-FileHash $image).Hash
        $content = $facts['content']
        if (-not $content) {
            try { $null = New-WorkloadSnapshot -Name "bad-$($item.file)" -BootDiskPath $image -Repository $repository; throw "$($item.file) was accepted" }
            catch { Assert-True ($_.CategoryInfo.Category -in 'InvalidData', 'NotImplemented', 'ObjectNotFound') "$($item.file): $_"; "$($item.file): refused: $($_.Exception.Message)" }
        } else {
            $snapshot = New-WorkloadSnapshot -Name $item.file -BootDiskPath $image -Repository $repository
            $disk = $snapshot | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'restored') -Format Raw
            Assert-True ($disk.Length -eq ($content['size'] ?? $content['raw_size'] ?? $disk.Length)) "$($item.file): size $($disk.Length)"
            $digest = & (Join-Path $PSScriptRoot '../Get-ChunkDigest.ps1') -Path $disk.Path
            Assert-True ($digest -eq $content['nonzero_chunks_sha256']) "$($item.file): digest $digest, expected $($content['nonzero_chunks_sha256'])"
            Remove-Item $disk.Path
            "$($item.file): $($disk.Length) bytes, digest equal"
        }
        Assert-True ($before -eq (Get-FileHash $image).Hash) "$($item.file) was changed"
    }
}
