BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:boot = New-TestDisk boot.raw -Bootable
    $script:data = New-TestDisk data.raw -Seed 2
    $null = Register-Workload web01 -BootDiskPath $boot -Repository $repo -Memory 4GB
}

Describe 'Set-Workload' {
    It 'changes what is given, leaves the rest, and returns nothing' {
        Set-Workload web01 -Repository $repo -ProcessorCount 8 | Should -BeNullOrEmpty
        $now = Get-Workload web01 -Repository $repo
        $now.Machine.ProcessorCount | Should -Be 8
        $now.Machine.MemoryBytes | Should -Be 4GB
        $now.Disks | Should -HaveCount 1
    }

    It 'replaces a list of disks' {
        (Set-Workload web01 -Repository $repo -DataDiskPath $data -PassThru).Disks.Path | Should -Be @($boot, $data)
    }

    It 'takes workloads from the pipeline' {
        (Get-Workload web01 -Repository $repo | Set-Workload -Memory 6GB -PassThru).Machine.MemoryBytes | Should -Be 6GB
    }

    It 'does nothing with -WhatIf' {
        Set-Workload web01 -Repository $repo -Memory 1GB -WhatIf
        (Get-Workload web01 -Repository $repo).Machine.MemoryBytes | Should -Not -Be 1GB
    }

    It 'says that a workload is not there' {
        $failed = { Set-Workload nobody -Repository $repo -Memory 1GB -ErrorAction Stop } | Should -Throw -ErrorId 'WorkloadNotFound,*' -PassThru
        $failed.ErrorDetails.RecommendedAction | Should -Match 'Get-Workload'
        $null = New-WorkloadSnapshot captured -BootDiskPath $boot -Repository $repo
        $failed = { Set-Workload captured -Repository $repo -Memory 1GB -ErrorAction Stop } | Should -Throw -ErrorId 'WorkloadNotRegistered,*' -PassThru
        $failed.ErrorDetails.Message | Should -Match '^Failed to change'
        $failed.ErrorDetails.RecommendedAction | Should -Match 'Register-Workload'
    }

    It 'changes where parents are, of all disks, and asks that they be there' {
        (Set-Workload web01 -Repository $repo -ParentPath $TestDrive -PassThru -WarningVariable said -WarningAction SilentlyContinue).Disks.ParentPath | Sort-Object -Unique | Should -Be "$TestDrive"
        $said | Should -Match 'no disk has one'
        { Set-Workload web01 -Repository $repo -ParentPath (Join-Path $TestDrive gone) -ErrorAction Stop } | Should -Throw -ErrorId 'ParentNotFound,*'
    }
}
