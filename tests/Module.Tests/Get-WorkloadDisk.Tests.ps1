BeforeAll {
    Import-Module $env:PORTABILITY_MODULE -Force

    # A raw disk with one active partition from sector 2048, as a master boot record describes it.
    function New-RawDisk {
        param([string] $Path, [long] $Length = 4MB)
        $sector = [byte[]]::new(512)
        [BitConverter]::GetBytes([uint32] 0x1234ABCD).CopyTo($sector, 0x1B8)
        $sector[0x1BE] = 0x80
        $sector[0x1C2] = 0x83
        [BitConverter]::GetBytes([uint32] 2048).CopyTo($sector, 0x1C6)
        [BitConverter]::GetBytes([uint32] 4096).CopyTo($sector, 0x1CA)
        $sector[510] = 0x55
        $sector[511] = 0xAA
        $stream = [IO.File]::Create($Path)
        try { $stream.Write($sector); $stream.SetLength($Length) } finally { $stream.Dispose() }
    }

    $script:disk = Join-Path $TestDrive 'boot.raw'
    $script:odd = Join-Path $TestDrive 'odd[1].raw'
    New-RawDisk $disk
    New-RawDisk $odd -Length 5MB
}

Describe 'Get-WorkloadDisk' {
    It 'shows format, size, sectors, table, partitions, holes and identity' {
        $shown = Get-WorkloadDisk $disk
        $shown | Should -BeOfType Portability.WorkloadDisk
        $shown.Path | Should -Be $disk
        $shown.Format | Should -Be 'Raw'
        $shown.Length | Should -Be 4MB
        $shown.LogicalSectorSize | Should -Be 512
        $shown.PartitionStyle | Should -Be 'Mbr'
        $shown.DiskId | Should -Be '0x1234ABCD'
        $shown.AllocatedBytes + $shown.HoleBytes | Should -Be 4MB
        $shown.Role | Should -Be 'Boot'
        $shown.Partitions | Should -HaveCount 1
        $shown.Partitions[0].Offset | Should -Be 1MB
        $shown.Partitions[0].Length | Should -Be 2MB
        $shown.Partitions[0].IsBoot | Should -BeTrue
    }

    It 'expands wildcards, one object a file' {
        @(Get-WorkloadDisk (Join-Path $TestDrive '*.raw')).Count | Should -Be 2
    }

    It 'takes a literal path as it is written' {
        (Get-WorkloadDisk -LiteralPath $odd).Length | Should -Be 5MB
    }

    It 'takes paths and files from the pipeline' {
        ($disk | Get-WorkloadDisk).Length | Should -Be 4MB
        Get-ChildItem $TestDrive -Filter *.raw | Get-WorkloadDisk | ForEach-Object Length | Sort-Object | Should -Be @(4MB, 5MB)
        ([pscustomobject] @{ Path = $disk } | Get-WorkloadDisk).Length | Should -Be 4MB
    }

    It 'resolves paths against the current location' {
        Push-Location $TestDrive
        try { (Get-WorkloadDisk ./boot.raw).Path | Should -Be $disk } finally { Pop-Location }
    }

    It 'goes on after a file that is not there' {
        $shown = Get-WorkloadDisk (Join-Path $TestDrive none.vhdx), $disk -ErrorAction SilentlyContinue -ErrorVariable failed
        $shown.Path | Should -Be $disk
        $failed | Should -HaveCount 1
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].ErrorDetails.Message | Should -Match "^Failed to .+none\.vhdx"
        $failed[0].ErrorDetails.RecommendedAction | Should -Match 'Test-Path'
    }

    It 'refuses a path of another provider' {
        { Get-WorkloadDisk Env:/PATH -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotInFileSystem,*'
    }

    It 'ends the pipeline early without harm' {
        @(Get-WorkloadDisk (Join-Path $TestDrive '*.raw') | Select-Object -First 1).Count | Should -Be 1
    }

    It 'writes nothing to what it reads' {
        $before = Get-FileHash $disk
        $null = Get-WorkloadDisk $disk
        (Get-FileHash $disk).Hash | Should -Be $before.Hash
    }

    It 'says that a pipe, a device or a folder is no disk' -Skip:$IsWindows {
        $pipe = Join-Path $TestDrive pipe
        mkfifo $pipe
        foreach ($place in $pipe, '/dev/null', "$TestDrive") {
            $failed = { Get-WorkloadDisk $place -ErrorAction Stop } | Should -Throw -ErrorId 'NotAFile,*' -PassThru
            $failed.CategoryInfo.Category | Should -Be 'InvalidArgument'
            $failed.ErrorDetails.Message | Should -Match ([regex]::Escape("'$place'"))
        }
    }

    It 'asks that -ParentPath is there, and tells when no parent is looked for' {
        $failed = { Get-WorkloadDisk $disk -ParentPath (Join-Path $TestDrive gone) -ErrorAction Stop } | Should -Throw -ErrorId 'ParentNotFound,*' -PassThru
        $failed.ErrorDetails.Message | Should -Match 'gone'
        (Get-WorkloadDisk $disk -ParentPath $TestDrive -WarningVariable said -WarningAction SilentlyContinue).Path | Should -Be $disk
        $said | Should -Match "$([regex]::Escape("'$TestDrive'")) is not looked at for parents"
    }
}
