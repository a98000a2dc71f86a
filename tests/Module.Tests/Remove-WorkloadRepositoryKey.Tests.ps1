BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:owner = ConvertTo-Secret 'correct horse'
    $script:repo = New-TestRepository
}

Describe 'Remove-WorkloadRepositoryKey' {
    BeforeEach { $script:added = Add-WorkloadRepositoryKey $repo -Passphrase (ConvertTo-Secret 'second') -Name second -OwnerPassphrase $owner }
    AfterEach { Get-WorkloadRepositoryKey $repo -Name secon[d] | Remove-WorkloadRepositoryKey -OwnerPassphrase $owner -Confirm:$false -WarningAction SilentlyContinue }

    It 'closes the repository to the secret, and says what stays open' {
        $added | Remove-WorkloadRepositoryKey -OwnerPassphrase $owner -Confirm:$false -WarningVariable said -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $said | Should -Match 'stays readable'
        { Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'second') } | Should -Throw -ErrorId 'WrongSecret,*'
        (Get-WorkloadRepositoryKey $repo -IncludeRevoked -Name second | Select-Object -Last 1).IsRevoked | Should -BeTrue
    }

    It 'finds keys by name' {
        (Remove-WorkloadRepositoryKey -Repository $repo -Name sec* -OwnerPassphrase $owner -Confirm:$false -PassThru -WarningAction SilentlyContinue).Name | Should -Be 'second'
    }

    It 'does nothing with -WhatIf' {
        $before = Get-TreeState $repo.Path
        $added | Remove-WorkloadRepositoryKey -OwnerPassphrase $owner -WhatIf
        Get-TreeState $repo.Path | Should -Be $before
    }

    It 'asks by itself' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:PORTABILITY_MODULE'; `$repo = Connect-WorkloadRepository '$($repo.Path)'; Get-WorkloadRepositoryKey `$repo -Name second | Remove-WorkloadRepositoryKey -OwnerPassphrase ([securestring]::new())")
            try { $null = $shell.Invoke() } catch { $null = $_ }
            $shell.HadErrors | Should -BeTrue
        }
        finally { $shell.Dispose() }
        Get-WorkloadRepositoryKey $repo -Name second | Should -HaveCount 1
    }

    It 'keeps the last recipient and the last owner' {
        $added | Remove-WorkloadRepositoryKey -OwnerPassphrase $owner -Confirm:$false -WarningAction SilentlyContinue
        foreach ($kind in 'Passphrase', 'Owner') {
            { Get-WorkloadRepositoryKey $repo -Kind $kind | Remove-WorkloadRepositoryKey -OwnerPassphrase $owner -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'Last*'
        }
    }

    It 'keeps one key of each kind, whatever names are given' {
        $other = New-TestRepository -Name every
        $public = [Convert]::ToBase64String([Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256).ExportSubjectPublicKeyInfo())
        $null = Add-WorkloadRepositoryKey $other -Signer $public -Name remover -Right Remove -OwnerPassphrase $owner
        Remove-WorkloadRepositoryKey -Repository $other -Name * -OwnerPassphrase $owner -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed.FullyQualifiedErrorId -replace ',.*' | Sort-Object | Should -Be 'LastOwner', 'LastRecipient', 'LastSigner'
        $failed.ErrorDetails.RecommendedAction | Should -Match 'Add-WorkloadRepositoryKey'
        (Get-WorkloadRepositoryKey $other).Kind | Sort-Object | Should -Be 'Passphrase', 'Signer', 'Owner'
        New-WorkloadSnapshot still -BootDiskPath (New-TestDisk) -Repository $other | Should -HaveCount 1
    }
}
