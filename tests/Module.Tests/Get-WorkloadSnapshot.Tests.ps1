BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:disk = New-TestDisk disk.raw
    $script:one = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo -Tag first
    $script:between = [datetime]::UtcNow
    Start-Sleep -Milliseconds 50
    Edit-TestDisk $disk 2MB
    $script:two = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
    $script:other = New-WorkloadSnapshot db01 -BootDiskPath $disk -Repository $repo
}

Describe 'Get-WorkloadSnapshot' {
    It 'shows all, oldest first in each workload' {
        Get-WorkloadSnapshot -Repository $repo | ForEach-Object ToString | Should -Be @('db01#1', 'web01#1', 'web01#2')
    }

    It 'filters by name, identifier, newest, time and tag' {
        Get-WorkloadSnapshot -Repository $repo -Name WEB* | Should -HaveCount 2
        (Get-WorkloadSnapshot -Repository $repo -Id $one.Id).Sequence | Should -Be 1
        Get-WorkloadSnapshot -Repository $repo -Latest | ForEach-Object Id | Should -Be @($other.Id, $two.Id)
        (Get-WorkloadSnapshot -Repository $repo -Name web01 -Before $between).Id | Should -Be $one.Id
        (Get-WorkloadSnapshot -Repository $repo -Name web01 -After $between).Id | Should -Be $two.Id
        (Get-WorkloadSnapshot -Repository $repo -Before $between.ToLocalTime()).Id | Should -Be $one.Id
        (Get-WorkloadSnapshot -Repository $repo -Tag fir*).Id | Should -Be $one.Id
        Get-WorkloadSnapshot -Repository $repo -Name none* | Should -BeNullOrEmpty
    }

    It 'says of a name or an identifier that is not there, and of a pattern nothing' {
        $found = Get-WorkloadSnapshot -Repository $repo -Name web01, nobody, none* -Latest -ErrorAction SilentlyContinue -ErrorVariable failed
        $found.Id | Should -Be $two.Id
        $failed | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $failed[0].TargetObject | Should -Be 'nobody'
        $failed[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        { Get-WorkloadSnapshot -Repository $repo -Id (New-Guid) -ErrorAction Stop } | Should -Throw -ErrorId 'SnapshotNotFound,*'
        Get-WorkloadSnapshot -Repository $repo -Name web01 -Before $one.CreatedUtc.AddDays(-1) -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'takes workloads from the pipeline, with the key of where they came from' {
        $workloads = Get-Workload -Repository $repo
        $null = Connect-WorkloadRepository $repo.Path
        $found = $workloads | Get-WorkloadSnapshot -Latest
        $found | ForEach-Object Id | Should -Be @($other.Id, $two.Id)
        $found[0] | Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive keyed) | Should -HaveCount 1
    }

    It 'needs no key, and hides the machine then' {
        $shown = Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $repo.Path) -Name web01 -Latest
        $shown.Id | Should -Be $two.Id
        $shown | ConvertTo-Json -Depth 5 | Should -Not -Match 'disk\.raw'
    }

    It 'reads well at 100 columns' {
        $lines = (Get-WorkloadSnapshot -Repository $repo | Format-Table | Out-String -Width 100).Trim() -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 100
        $lines[0] | Should -Match 'Name .*Created \(UTC\).*Logical.*Changed.*Stored.*Duration.*Tag'
        $lines[-1] | Should -Match "^web01 +2 \d{4}-\d\d-\d\d \d\d:\d\d +1 +8 MiB +64 KiB"
        $lines -match '…' | Should -BeNullOrEmpty
    }

    It 'completes identifiers with a tip' {
        $global:completionRepository = $repo
        $line = 'Get-WorkloadSnapshot -Repository $completionRepository -Id '
        try {
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Contain "$($one.Id)"
            ($found | Where-Object CompletionText -EQ "$($one.Id)").ToolTip | Should -Match 'web01 #1'
        }
        finally { Remove-Variable completionRepository -Scope Global }
    }

    It 'emits objects that survive a job of another process' {
        $copy = Start-Job {
            Import-Module $using:env:PORTABILITY_MODULE
            Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $using:repo.Path) -Name web01 -Latest
        } | Receive-Job -Wait -AutoRemoveJob
        $copy.PSTypeNames | Should -Contain 'Deserialized.Portability.WorkloadSnapshot'
        $copy | Test-WorkloadSnapshot | Should -BeTrue
    }

    It 'emits objects that survive JSON' {
        $two | ConvertTo-Json -Depth 5 | ConvertFrom-Json | Test-WorkloadSnapshot | Should -BeTrue
    }
}
