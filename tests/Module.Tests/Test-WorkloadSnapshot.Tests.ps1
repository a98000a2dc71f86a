BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
    $script:made = New-WorkloadSnapshot web01 -BootDiskPath (New-TestDisk) -Repository $repo

    function Get-Pack { Get-ChildItem (Join-Path $repo.Path packs) -Recurse -File | Select-Object -First 1 }
}

Describe 'Test-WorkloadSnapshot' {
    It 'says true of a whole snapshot' {
        Test-WorkloadSnapshot $made | Should -BeOfType bool
        Test-WorkloadSnapshot $made | Should -BeTrue
        $made | Test-WorkloadSnapshot -ManifestOnly | Should -BeTrue
        $made | Test-WorkloadSnapshot -Depth Objects | Should -BeTrue
    }

    It 'tells more with -Detailed' {
        $result = $made | Test-WorkloadSnapshot -Detailed
        $result | Should -BeOfType Portability.SnapshotTestResult
        $result.IsHealthy | Should -BeTrue
        $result.Depth | Should -Be 'Content'
        $result.ObjectCount | Should -BeGreaterThan 0
        $result.SignerFingerprint | Should -Be $repo.SignerFingerprint
        $result.Findings | Should -BeNullOrEmpty
    }

    It 'needs no key' {
        $keyless = Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $repo.Path)
        $keyless | Test-WorkloadSnapshot | Should -BeTrue
        ($keyless | Test-WorkloadSnapshot -Detailed).Depth | Should -Be 'Objects'
        { $keyless | Test-WorkloadSnapshot -Depth Content -ErrorAction Stop } | Should -Throw -ErrorId 'KeyRequired,*'
    }

    It 'takes several, and a snapshot by property name' {
        Test-WorkloadSnapshot $made, $made | Should -Be @($true, $true)
        [pscustomobject] @{ Snapshot = $made } | Test-WorkloadSnapshot | Should -BeTrue
    }

    It 'runs as a job' {
        $made | Test-WorkloadSnapshot -AsJob | Wait-Job | Receive-Job | Should -BeTrue
    }

    Context 'with a flipped byte in a pack' {
        BeforeAll {
            $script:pack = Get-Pack
            $script:bytes = [IO.File]::ReadAllBytes($pack.FullName)
            $damaged = $bytes.Clone()
            $damaged[200] = $damaged[200] -bxor 1
            $pack.IsReadOnly = $false
            [IO.File]::WriteAllBytes($pack.FullName, $damaged)
        }
        AfterAll { [IO.File]::WriteAllBytes($pack.FullName, $bytes) }

        It 'says false, and names the object and the snapshots' {
            Test-WorkloadSnapshot $made | Should -BeFalse
            $finding = (Test-WorkloadSnapshot $made -Detailed).Findings | Select-Object -First 1
            $finding.ObjectName | Should -Match $pack.Name
            $finding.Kind | Should -Be 'Damaged'
            $finding.IsDamage | Should -BeTrue
            $finding.SnapshotIds | Should -Contain $made.Id
            $finding.RecommendedAction | Should -Match 'Sync-WorkloadDelta'
        }

        It 'is not seen by a test of the manifest alone' {
            Test-WorkloadSnapshot $made -ManifestOnly | Should -BeTrue
        }
    }
}
