BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:boot = New-TestDisk boot.raw -Bootable
    'web01', 'web02', 'db01' | ForEach-Object { $null = Register-Workload $_ -BootDiskPath $boot -Repository $repo }
}

Describe 'Get-Workload' {
    It 'shows all, in the order of their names' {
        Get-Workload -Repository $repo | ForEach-Object Name | Should -Be @('db01', 'web01', 'web02')
    }

    It 'filters by name, with wildcards and without case' {
        Get-Workload WEB* -Repository $repo | Should -HaveCount 2
        Get-Workload nobody* -Repository $repo | Should -BeNullOrEmpty
    }

    It 'says of a name or an identifier that is not there' {
        { Get-Workload nobody -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'WorkloadNotFound,*'
        { Get-Workload -Id (New-Guid) -Repository $repo -ErrorAction Stop } | Should -Throw -ErrorId 'WorkloadNotFound,*'
    }

    It 'finds the workload of a snapshot from the pipeline' {
        $made = New-WorkloadSnapshot web02 -Repository $repo
        ($made | Get-Workload).Name | Should -Be 'web02'
    }

    It 'filters by identifier' {
        $one = Get-Workload db01 -Repository $repo
        (Get-Workload -Repository $repo -Id $one.Id).Name | Should -Be 'db01'
    }

    It 'takes repositories from the pipeline, and paths' {
        $repo | Get-Workload | Should -HaveCount 3
        Get-Workload -Repository $repo.Path | Should -HaveCount 3
    }

    It 'hides paths and machine without a key' {
        $shown = Get-Workload web01 -Repository (Connect-WorkloadRepository $repo.Path)
        $shown.Name | Should -Be 'web01'
        $shown | ConvertTo-Json -Depth 5 | Should -Not -Match 'boot\.raw'
    }

    It 'counts snapshots and shows the newest' {
        $made = New-WorkloadSnapshot web01 -Repository $repo
        $shown = Get-Workload web01 -Repository $repo
        $shown.SnapshotCount | Should -Be 1
        $shown.LatestSnapshotId | Should -Be $made.Id
        $shown.LatestSnapshotUtc | Should -Be $made.CreatedUtc
    }

    It 'completes names' {
        $global:completionRepository = $repo
        $line = 'Get-Workload -Repository $completionRepository -Name we'
        try { (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be @('web01', 'web02') }
        finally { Remove-Variable completionRepository -Scope Global }
    }
}
