BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:owner = ConvertTo-Secret 'correct horse'
    $script:repo = New-TestRepository

    function New-TestCertificate {
        $key = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=dr', $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
    }
}

Describe 'Add-WorkloadRepositoryKey' {
    It 'adds a passphrase that opens the repository' {
        $added = Add-WorkloadRepositoryKey $repo -Passphrase (ConvertTo-Secret 'second') -Name anna -OwnerPassphrase $owner
        $added.Kind | Should -Be 'Passphrase'
        $added.Name | Should -Be 'anna'
        (Connect-WorkloadRepository $repo.Path -Passphrase (ConvertTo-Secret 'second')).KeyName | Should -Be 'anna'
    }

    It 'refuses an empty passphrase' {
        $before = @(Get-WorkloadRepositoryKey $repo).Count
        $empty = [securestring]::new()
        foreach ($keys in @{ Passphrase = $empty }, @{ Owner = $empty }, @{ Passphrase = $empty; OldPassphrase = $owner }) {
            { Add-WorkloadRepositoryKey $repo -Name none -OwnerPassphrase $owner @keys } | Should -Throw -ErrorId 'PassphraseEmpty,*'
        }
        Get-WorkloadRepositoryKey $repo | Should -HaveCount $before
    }

    It 'adds a certificate by its public half' {
        $cert = New-TestCertificate
        $public = [Security.Cryptography.X509Certificates.X509CertificateLoader]::LoadCertificate($cert.RawData)
        (Add-WorkloadRepositoryKey $repo -Certificate $public -Name dr-site -OwnerPassphrase $owner).Kind | Should -Be 'Certificate'
        (Connect-WorkloadRepository $repo.Path -Certificate $cert).HasKey | Should -BeTrue
    }

    It 'adds a signer with its rights' {
        $key = [Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256)
        $public = [Convert]::ToBase64String($key.ExportSubjectPublicKeyInfo())
        $added = Add-WorkloadRepositoryKey $repo -Signer $public -Name hyperv02 -Right Capture, Remove -Workload web01 -OwnerPassphrase $owner
        $added.Kind | Should -Be 'Signer'
        $added.Rights | Should -Be 'Capture, Remove'
        $added.Workloads | Should -HaveCount 1
        $added.Fingerprint | Should -Be ([Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($key.ExportSubjectPublicKeyInfo())).ToLowerInvariant())
    }

    It 'adds a second owner who may change keys' {
        (Add-WorkloadRepositoryKey $repo -Owner (ConvertTo-Secret 'of anna') -Name anna -OwnerPassphrase $owner).Kind | Should -Be 'Owner'
        (Add-WorkloadRepositoryKey $repo -Passphrase (ConvertTo-Secret 'third') -Name third -OwnerPassphrase (ConvertTo-Secret 'of anna')).Name | Should -Be 'third'
    }

    It 'rewrites no pack' {
        $packs = Join-Path $repo.Path packs
        $before = if (Test-Path $packs) { Get-TreeState $packs }
        $null = Add-WorkloadRepositoryKey $repo -Passphrase (ConvertTo-Secret 'fourth') -Name fourth -OwnerPassphrase $owner
        $(if (Test-Path $packs) { Get-TreeState $packs }) | Should -Be $before
    }

    It 'replaces a passphrase' {
        $other = New-TestRepository -Name changed
        (Add-WorkloadRepositoryKey $other -Passphrase (ConvertTo-Secret 'new one') -OldPassphrase $owner -Name main -OwnerPassphrase $owner -WarningVariable said -WarningAction SilentlyContinue).Name | Should -Be 'main'
        $said | Should -Match 'stays readable'
        (Connect-WorkloadRepository $other.Path -Passphrase (ConvertTo-Secret 'new one')).HasKey | Should -BeTrue
        { Connect-WorkloadRepository $other.Path -Passphrase $owner } | Should -Throw -ErrorId 'WrongSecret,*'
    }

    It 'does nothing with -WhatIf' {
        $before = Get-TreeState $repo.Path
        Add-WorkloadRepositoryKey $repo -Passphrase (ConvertTo-Secret 'x') -Name whatif -OwnerPassphrase $owner -WhatIf
        Get-TreeState $repo.Path | Should -Be $before
    }

    It 'refuses a wrong owner passphrase' {
        { Add-WorkloadRepositoryKey $repo -Passphrase (ConvertTo-Secret 'x') -Name x -OwnerPassphrase (ConvertTo-Secret 'no') } | Should -Throw -ErrorId 'WrongSecret,*'
    }

    It 'gives no name twice to keys of one kind' {
        $signers = 1..2 | ForEach-Object { [Convert]::ToBase64String([Security.Cryptography.ECDsa]::Create([Security.Cryptography.ECCurve+NamedCurves]::nistP256).ExportSubjectPublicKeyInfo()) }
        $null = Add-WorkloadRepositoryKey $repo -Signer $signers[0] -Name hyperv03
        $before = Get-TreeState $repo.Path
        foreach ($again in @{ Signer = $signers[1]; Name = 'HyperV03' }, @{ Passphrase = ConvertTo-Secret 'x'; Name = 'first'; OwnerPassphrase = $owner }) {
            $failed = { Add-WorkloadRepositoryKey $repo @again } | Should -Throw -ErrorId 'KeyNameTaken,*' -PassThru
            $failed.CategoryInfo.Category | Should -Be 'ResourceExists'
            $failed.ErrorDetails.RecommendedAction | Should -Match '-Name'
        }
        Get-TreeState $repo.Path | Should -Be $before
        (Add-WorkloadRepositoryKey $repo -Signer $signers[0] -Name hyperv03 -Right Remove -OwnerPassphrase $owner).Rights | Should -Be 'Capture, Remove'
    }

    It 'refuses a public key that is none' {
        { Add-WorkloadRepositoryKey $repo -Signer 'not a key' -Name x -OwnerPassphrase $owner } | Should -Throw -ErrorId 'KeyInvalid,*'
    }
}
