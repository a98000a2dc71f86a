# Images and disks of others: contents and partitions equal what foreign tools saw, the broken ones refused, the dirty VHDX replayed.
$data = $env:PORTABILITY_TESTDATA ? $env:PORTABILITY_TESTDATA : (Join-Path $root '../shared/testdata')
if (-not (Test-Path $data)) { 'not reached: no test data (set PORTABILITY_TESTDATA)'; return }
$repository = New-WorkloadRepository -Path (Join-Path $folder 'vault') -Passphrase $secret -Confirm:$false -WarningAction Ignore
$equal = 0; $refused = 0
foreach ($kind in 'vdisk', 'disk') {
    $expected = Get-Content -Raw (Join-Path $data $kind 'expected.json') | ConvertFrom-Json -AsHashtable
    foreach ($item in $expected.items) {
        # All of a kind first: one may be another's parent.
        $source = [IO.File]::OpenRead((Join-Path $data $kind $item.file))
        $zipped = [IO.Compression.GZipStream]::new($source, [IO.Compression.CompressionMode]::Decompress)
        $output = [IO.File]::Create((Join-Path $folder ($item.file -replace '\.gz$')))
        try { $zipped.CopyTo($output) } finally { $output.Dispose(); $zipped.Dispose(); $source.Dispose() }
    }
    foreach ($item in $expected.items) {
        $name = $item.file -replace '\.gz$'
        $image = Join-Path $folder $name
        $before = (Get-FileHash $image).Hash
        $content = $item.facts['content']
        if (-not $content) {
            $problem = $null
            try { $null = New-WorkloadSnapshot -Name $name -BootDiskPath $image -Repository $repository -ErrorAction Stop } catch { $problem = $_ }
            Assert-True ($null -ne $problem) "$name was accepted"
            Assert-True ($problem.CategoryInfo.Category -eq 'InvalidData') "${name}: category $($problem.CategoryInfo.Category): $problem"
            "${name}: refused as $($problem.FullyQualifiedErrorId -replace ',.*'): $($problem.Exception.Message)"
            $refused++
        } else {
            $replayed = $item.facts['qemu_img_info'] -and "$($item.facts['qemu_img_info'] | ConvertTo-Json -Depth 5)" -match 'log' ? ', its log replayed' : ''
            $disk = Get-WorkloadDisk -Path $image
            Assert-True ($disk.Length -eq $content['size']) "${name}: $($disk.Length) bytes, $($content['size']) expected"
            $table = $item.facts['partition_table']
            if ($table) {
                # sfdisk names what a table lists; what has no sectors is no partition.
                $theirs = @($table.partitions | ForEach-Object { "$($_.start * 512)+$($_.size * 512)" })
                $ours = @($disk.Partitions | ForEach-Object { "$($_.Offset)+$($_.Length)" })
                Assert-True (-not (Compare-Object $theirs $ours)) "${name}: partitions $ours, sfdisk says $theirs"
            }
            $restored = New-WorkloadSnapshot -Name $name -BootDiskPath $image -Repository $repository | Restore-WorkloadImage -DestinationPath (Join-Path $folder 'restored') -Format Raw
            $digest = & (Join-Path $PSScriptRoot '../Get-ChunkDigest.ps1') -Path $restored.Path
            Assert-True ($digest -eq $content['nonzero_chunks_sha256']) "${name}: digest $digest, expected $($content['nonzero_chunks_sha256'])"
            Remove-Item $restored.Path
            "${name}: $($disk.Format) $($disk.SubFormat), $($disk.Length) bytes, $($disk.Partitions.Length) partitions, digest equal$replayed"
            $equal++
        }
        Assert-True ($before -eq (Get-FileHash $image).Hash) "$name was changed"
    }
}
"$equal equal, $refused refused, no file changed"
