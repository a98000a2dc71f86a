BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:disk = New-TestDisk disk.raw
    $script:one = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
    Edit-TestDisk $disk -Offset 1MB -Length 64KB
    Edit-TestDisk $disk -Offset 4MB -Length 128KB
    $script:two = New-WorkloadSnapshot web01 -BootDiskPath $disk -Repository $repo
}

Describe 'Compare-WorkloadSnapshot' {
    It 'shows the ranges that differ' {
        $found = Compare-WorkloadSnapshot $one $two
        $found | Should -BeOfType Portability.SnapshotDifference
        $found.Offset | Should -Be @(1MB, 4MB)
        $found | ForEach-Object Length | Should -Be @(64KB, 128KB)
        $found.Disk | Should -Be @(0, 0)
        $found.Kind | Should -Be @('Changed', 'Added')
        $found[0].ReferenceId | Should -Be $one.Id
        $found[0].DifferenceId | Should -Be $two.Id
    }

    It 'shows nothing for a snapshot and itself' {
        Compare-WorkloadSnapshot $one $one | Should -BeNullOrEmpty
    }

    It 'takes the snapshot to compare from the pipeline' {
        $two | Compare-WorkloadSnapshot -ReferenceSnapshot $one | Should -HaveCount 2
    }

    It 'shows the reverse of additions as zeroed' {
        (Compare-WorkloadSnapshot $two $one).Kind | Should -Be @('Changed', 'Zeroed')
    }
}
