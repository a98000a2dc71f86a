BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:made = New-WorkloadSnapshot web01 -BootDiskPath (New-TestDisk) -Repository $repo
}

Describe 'Test-WorkloadRepository' {
    It 'says true of a whole repository, with and without a key' {
        Test-WorkloadRepository $repo | Should -BeOfType bool
        Test-WorkloadRepository $repo | Should -BeTrue
        Connect-WorkloadRepository $repo.Path | Test-WorkloadRepository | Should -BeTrue
    }

    It 'tells more with -Detailed' {
        $result = Test-WorkloadRepository $repo -Detailed
        $result | Should -BeOfType Portability.RepositoryTestResult
        $result.IsHealthy | Should -BeTrue
        $result.IsStoreSafe | Should -BeTrue
        $result.WorkloadCount | Should -Be 1
        $result.SnapshotCount | Should -Be 1
        $result.ObjectCount | Should -BeGreaterThan 0
        $result.Findings | Where-Object IsDamage | Should -BeNullOrEmpty
    }

    It 'opens every block when asked, with a key only' {
        Test-WorkloadRepository $repo -Depth Content | Should -BeTrue
        { Connect-WorkloadRepository $repo.Path | Test-WorkloadRepository -Depth Content -ErrorAction Stop } | Should -Throw -ErrorId 'KeyRequired,*'
    }

    It 'runs as a job' {
        Test-WorkloadRepository $repo -AsJob | Wait-Job | Receive-Job | Should -BeTrue
    }

    It 'names a missing object and who needs it' {
        $pack = Get-ChildItem (Join-Path $repo.Path packs) -Recurse -File | Select-Object -First 1
        $bytes = [IO.File]::ReadAllBytes($pack.FullName)
        Remove-Item $pack.FullName -Force
        try {
            Test-WorkloadRepository $repo | Should -BeFalse
            $finding = (Test-WorkloadRepository $repo -Detailed).Findings | Where-Object Kind -EQ Missing
            $finding.ObjectName | Should -Match $pack.Name
            $finding.SnapshotIds | Should -Contain $made.Id
        }
        finally { [IO.File]::WriteAllBytes($pack.FullName, $bytes) }
    }
}
