# Unpacks the two disks of a small Linux machine (tests/Fixtures/volumes) into a folder and returns their paths: system first.
param([string] $Folder)
foreach ($name in 'system', 'data') {
    $path = Join-Path $Folder "$name.raw"
    $source = [IO.File]::OpenRead((Join-Path $PSScriptRoot "../Fixtures/volumes/$name.raw.gz"))
    $target = [IO.File]::Create($path)
    try {
        $unpacked = [IO.Compression.GZipStream]::new($source, [IO.Compression.CompressionMode]::Decompress)
        $unpacked.CopyTo($target)
    }
    finally { $unpacked.Dispose(); $target.Dispose() }
    $path
}
