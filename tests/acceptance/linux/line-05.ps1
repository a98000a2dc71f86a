# Every volume of others that can be read: entries, lengths and SHA-256 as other tools found them, out of the image and again out of a repository.
function Compare-Volume {
    param($Volume, $Expected, [string] $Folder)
    $files = @($Volume | Get-WorkloadFile -Recurse)
    $byPath = @{}
    foreach ($file in $files) { $byPath[$file.Path] = $file }
    $null = Remove-Item $Folder -Recurse -Force -ErrorAction Ignore
    $Volume | Copy-WorkloadFile -Path / -Recurse -Destination $Folder -WarningAction SilentlyContinue
    $hashed = 0
    foreach ($entry in $Expected.files) {
        if ($entry["path"] -match '\(|\uFFFD|^\$') { continue } # notes and virtual files of The Sleuth Kit, and names whose bytes were lost when they were written down
        $file = $byPath['/' + $entry["path"]]
        Assert-True ($null -ne $file) "'$($entry["path"])' is not found"
        Assert-True ([bool] $entry["dir"] -eq ($file.Kind -eq 'Directory')) "'$($entry["path"])' is a $($file.Kind)"
        if (-not $entry["sha256"]) { continue }
        Assert-True ($file.Length -eq $entry["size"]) "'$($entry["path"])' has $($file.Length) bytes, not $($entry["size"])"
        $hash = (Get-FileHash -LiteralPath (Join-Path $Folder $entry["path"]) -Algorithm SHA256).Hash
        Assert-True ($hash -eq $entry["sha256"]) "'$($entry["path"])' has another content"
        $hashed++
    }
    $hashed
}

$testdata = $env:PORTABILITY_TESTDATA ? $env:PORTABILITY_TESTDATA : (Join-Path $root '../shared/testdata')
if (-not (Test-Path $testdata)) { 'not reached: no test data (set PORTABILITY_TESTDATA)'; return }
$repository = New-WorkloadRepository -Path (Join-Path $folder vault) -Passphrase $secret -WarningAction SilentlyContinue
foreach ($kind in 'ext', 'fat', 'disk') {
    $items = (Get-Content (Join-Path $testdata "$kind/expected.json") -Raw | ConvertFrom-Json -AsHashtable).items
    foreach ($item in $items) {
        $name = $item.file -replace '\.gz$'
        $image = Join-Path $folder "$name.raw"
        $source = [IO.Compression.GZipStream]::new([IO.File]::OpenRead((Join-Path $testdata "$kind/$($item.file)")), [IO.Compression.CompressionMode]::Decompress)
        $target = [IO.File]::Create($image)
        try { $source.CopyTo($target) } finally { $source.Dispose(); $target.Dispose() }
        $before = (Get-FileHash $image).Hash
        $expected = @(($item.facts["after_journal_replay_e2fsck"] ?? $item.facts)["filesystems"] | Where-Object { $_['type'] -match 'ext|fat' })
        $snapshot = New-WorkloadSnapshot -Name $name -BootDiskPath $image -Repository $repository
        $told = foreach ($from in 'image', 'repository') {
            $volumes = if ($from -eq 'image') { Get-WorkloadVolume -LiteralPath $image } else { $snapshot | Get-WorkloadVolume }
            $hashed = 0
            foreach ($wanted in $expected) {
                $volume = $volumes | Where-Object Offset -EQ ($wanted.start_sector * 512)
                Assert-True ($volume.IsReadable) "$name at sector $($wanted.start_sector) cannot be read: $($volume.Findings)"
                $hashed += Compare-Volume $volume $wanted (Join-Path $folder out)
            }
            "$hashed files equal out of the $from"
        }
        Assert-True ((Get-FileHash $image).Hash -eq $before) "$name was changed"
        "${name}: $($expected.Count) volume(s), $($told -join ', ')"
        Remove-Item $image
    }
}
