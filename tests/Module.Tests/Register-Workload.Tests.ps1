BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:boot = New-TestDisk boot.raw -Bootable
    $script:data = New-TestDisk data.raw -Seed 2
}

Describe 'Register-Workload' {
    It 'takes lines of a CSV file by property name' {
        $lines = "Name,BootDiskPath,Memory`ncsv1,$boot,4294967296`ncsv2,$boot,1073741824" | ConvertFrom-Csv
        $made = $lines | Register-Workload -Repository $repo
        $made.Name | Should -Be @('csv1', 'csv2')
        $made[0].Machine.MemoryBytes | Should -Be 4GB
    }

    It 'keeps disks, roles and the defaults of the machine' {
        $made = Register-Workload web01 -BootDiskPath $boot -DataDiskPath $data -Repository $repo
        $made | Should -BeOfType Portability.Workload
        $made.Name | Should -Be 'web01'
        $made.RepositoryId | Should -Be $repo.Id
        $made.Disks.Path | Should -Be @($boot, $data)
        $made.Disks.Role | Should -Be @('Boot', 'Data')
        $made.Disks.Number | Should -Be @(0, 1)
        $made.Machine.MemoryBytes | Should -Be 2GB
        $made.Machine.ProcessorCount | Should -Be 2
        $made.Machine.Firmware | Should -Be 'Bios'
    }

    It 'keeps the machine as it is given' {
        $adapter = @{ Name = 'eth0'; MacAddress = '52:54:00:12:34:56'; Network = 'lan' }
        $made = Register-Workload web02 -BootDiskPath $boot -Repository $repo -Memory 8GB -ProcessorCount 4 -Firmware Uefi -SecureBoot -Tpm -NetworkAdapter $adapter
        $made.Machine.MemoryBytes | Should -Be 8GB
        $made.Machine.ProcessorCount | Should -Be 4
        $made.Machine.Firmware | Should -Be 'Uefi'
        $made.Machine.SecureBoot | Should -BeTrue
        $made.Machine.Tpm | Should -BeTrue
        $made.Machine.NetworkAdapters[0].MacAddress | Should -Be '52:54:00:12:34:56'
    }

    It 'finds out by their partitions what disks are needed for' {
        $made = Register-Workload web03 -DiskPath $data, $boot -Repository $repo
        ($made.Disks | Where-Object Role -EQ Boot).Path | Should -Be $boot
    }

    It 'takes names in any script and resolves relative paths' {
        Push-Location $TestDrive
        try { (Register-Workload 'Büro-サーバー' -BootDiskPath ./boot.raw -Repository $repo).Disks[0].Path | Should -Be $boot } finally { Pop-Location }
        (Get-Workload 'büro-サーバー' -Repository $repo).Name | Should -Be 'Büro-サーバー'
    }

    It 'does nothing with -WhatIf' {
        Register-Workload nothing -BootDiskPath $boot -Repository $repo -WhatIf | Should -BeNullOrEmpty
        Get-Workload -Repository $repo | ForEach-Object Name | Should -Not -Contain 'nothing'
    }

    It 'refuses a disk that is not there' {
        { Register-Workload gone -BootDiskPath (Join-Path $TestDrive none.raw) -Repository $repo -ErrorAction Stop } | Should -Throw '*none.raw*'
    }

    It 'needs the key' {
        { Register-Workload web04 -BootDiskPath $boot -Repository (Connect-WorkloadRepository $repo.Path) -ErrorAction Stop } | Should -Throw -ErrorId 'KeyRequired,*'
    }

    It 'asks for a disk' {
        $failed = { Register-Workload none -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'DiskRequired,*' -PassThru
        $failed.ErrorDetails.RecommendedAction | Should -Match '-BootDiskPath'
    }
}
