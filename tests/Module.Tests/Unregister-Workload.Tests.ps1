BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:boot = New-TestDisk boot.raw -Bootable
}

Describe 'Unregister-Workload' {
    AfterEach { Get-Workload web0[1] -Repository $repo | Where-Object Disks | Unregister-Workload -Confirm:$false }
    BeforeEach { $null = Register-Workload web01 -BootDiskPath $boot -Repository $repo }

    It 'takes the registration away and keeps the snapshots' {
        $made = New-WorkloadSnapshot web01 -Repository $repo
        Unregister-Workload web01 -Repository $repo -Confirm:$false | Should -BeNullOrEmpty
        (Get-WorkloadSnapshot -Repository $repo -Name web01 -Latest).Id | Should -Be $made.Id
        { New-WorkloadSnapshot web01 -Repository $repo -ErrorAction Stop } | Should -Throw
    }

    It 'takes workloads from the pipeline' {
        (Get-Workload web* -Repository $repo | Unregister-Workload -Confirm:$false -PassThru).Name | Should -Be 'web01'
    }

    It 'does nothing with -WhatIf' {
        $before = Get-TreeState $repo.Path
        Unregister-Workload web01 -Repository $repo -WhatIf
        Get-TreeState $repo.Path | Should -Be $before
    }

    It 'says that a workload is not there' {
        $failed = { Unregister-Workload nobody -Repository $repo -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'WorkloadNotFound,*' -PassThru
        $failed.ErrorDetails.RecommendedAction | Should -Match 'Get-Workload'
        $null = New-WorkloadSnapshot captured -BootDiskPath $boot -Repository $repo
        $failed = { Unregister-Workload captured -Repository $repo -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'WorkloadNotRegistered,*' -PassThru
        $failed.ErrorDetails.RecommendedAction | Should -Match 'Remove-WorkloadSnapshot'
    }
}
