BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:system, $script:data = & $PSScriptRoot/LinuxDisks.ps1 $TestDrive
}

Describe 'Get-WorkloadVolume' {
    It 'shows file system, label, identity, place and mount point of the disks of one machine' {
        $volumes = Get-WorkloadVolume $system, $data
        $volumes | Should -BeOfType Portability.WorkloadVolume
        $volumes.Disk | Should -Be @(0, 1)
        $volumes.Number | Should -Be @(1, 0)
        $volumes.FileSystem | Should -Be @('ext4', 'ext4')
        $volumes.Label | Should -Be @('root', 'data')
        $volumes.Id | Should -Be @('11111111-2222-3333-4444-555555555555', '11111111-2222-3333-4444-555555555557')
        $volumes.Offset | Should -Be @(1MB, 0)
        $volumes | ForEach-Object Length | Should -Be @(2MB, 1MB)
        $volumes.MountPoint | Should -Be @('/', '/srv')
        $volumes.IsReadable | Should -Be @($true, $true)
        $volumes[0].FreeBytes | Should -BeGreaterThan 1MB
        $volumes[0].Features | Should -Contain 'metadata_csum'
    }

    It 'knows no mount point of a disk whose machine it does not see' {
        (Get-WorkloadVolume -LiteralPath $data).MountPoint | Should -Be ''
    }

    It 'shows the same out of a snapshot' {
        $repo = New-TestRepository
        $snapshot = New-WorkloadSnapshot web01 -BootDiskPath $system -DataDiskPath $data -Repository $repo
        $volumes = $snapshot | Get-WorkloadVolume
        $volumes.Id | Should -Be (Get-WorkloadVolume $system, $data).Id
        $volumes.MountPoint | Should -Be @('/', '/srv')
        $volumes.Snapshot.Id | Should -Be @($snapshot.Id, $snapshot.Id)
    }

    It 'names a volume that it cannot read' {
        $luks = Join-Path $TestDrive luks.raw
        $bytes = [byte[]]::new(1MB)
        ([byte[]] (0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE, 0, 2)).CopyTo($bytes, 0)
        [Text.Encoding]::ASCII.GetBytes('01234567-89ab-cdef-0123-456789abcdef').CopyTo($bytes, 168)
        [IO.File]::WriteAllBytes($luks, $bytes)
        $volume = Get-WorkloadVolume $luks
        $volume.FileSystem | Should -Be 'LUKS'
        $volume.Id | Should -Be '01234567-89ab-cdef-0123-456789abcdef'
        $volume.IsReadable | Should -BeFalse
        { Get-WorkloadFile -ImagePath $luks -Path /etc/fstab -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*' -ExpectedMessage '*LUKS*'
    }

    It 'shows a damaged volume with what is wrong' {
        $broken = Join-Path $TestDrive broken.raw
        $bytes = [IO.File]::ReadAllBytes($data)
        $bytes[1024 + 0x60] = $bytes[1024 + 0x60] -bxor 0x10
        [IO.File]::WriteAllBytes($broken, $bytes)
        $volume = Get-WorkloadVolume $broken
        $volume.IsReadable | Should -BeFalse
        $volume.Findings | Should -Match 'superblock.*checksum'
    }

    It 'shows nothing of a disk without volumes, and an error where no disk is' {
        Get-WorkloadVolume (New-TestDisk empty.raw) | Where-Object IsReadable | Should -BeNullOrEmpty
        { Get-WorkloadVolume (Join-Path $TestDrive none.raw) -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
    }

    It 'fits into 100 columns' {
        $lines = (Get-WorkloadVolume $system, $data | Format-Table | Out-String -Width 100) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 100
        $lines -join "`n" | Should -Match '/srv'
    }
}
