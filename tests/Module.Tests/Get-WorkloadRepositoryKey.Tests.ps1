BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:repo = New-TestRepository
}

Describe 'Get-WorkloadRepositoryKey' {
    It 'shows the recipient, the signer and the owner of a new repository' {
        $keys = Get-WorkloadRepositoryKey $repo
        $keys | ForEach-Object { "$($_.Kind)" } | Sort-Object | Should -Be @('Owner', 'Passphrase', 'Signer')
        $keys | ForEach-Object { $_.Fingerprint | Should -Match '^[0-9a-f]{64}$' }
        ($keys | Where-Object Kind -EQ Owner).Fingerprint | Should -Be $repo.OwnerFingerprint
        ($keys | Where-Object Kind -EQ Signer).IsCurrent | Should -BeTrue
    }

    It 'filters by kind and name' {
        Get-WorkloadRepositoryKey $repo -Kind Signer | Should -HaveCount 1
        Get-WorkloadRepositoryKey $repo -Name 'nobody*' | Should -BeNullOrEmpty
        { Get-WorkloadRepositoryKey $repo -Name nobody -ErrorAction Stop } | Should -Throw -ErrorId 'KeyNotFound,*'
    }

    It 'needs no key' {
        Get-WorkloadRepositoryKey (Connect-WorkloadRepository $repo.Path) | Should -HaveCount 3
    }

    It 'takes a path, and repositories from the pipeline' {
        Get-WorkloadRepositoryKey $repo.Path | Should -HaveCount 3
        $repo | Get-WorkloadRepositoryKey | Should -HaveCount 3
    }

    It 'goes on after a repository that is not there' {
        $keys = @((Join-Path $TestDrive nowhere), $repo) | Get-WorkloadRepositoryKey -ErrorAction SilentlyContinue -ErrorVariable failed
        $keys | Should -HaveCount 3
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }
}
