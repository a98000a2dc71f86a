BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:secret = ConvertTo-Secret 'correct horse'
}

Describe 'New-WorkloadRepository' {
    It 'makes a repository and connects to it with its key' {
        $made = New-WorkloadRepository -Path (Join-Path $TestDrive first) -Passphrase $secret -WarningAction SilentlyContinue
        $made | Should -BeOfType Portability.WorkloadRepository
        $made.Id | Should -Not -Be ([guid]::Empty)
        $made.Path | Should -Be (Join-Path $TestDrive first)
        $made.HasKey | Should -BeTrue
        $made.BlockSize | Should -Be 64KB
        $made.FormatVersion | Should -Be 1
        $made.SignerRights | Should -Be 'Capture, Remove, Compact, Admit'
        $made.OwnerFingerprint | Should -Match '^[0-9a-f]{64}$'
        $made.CreatedUtc.Kind | Should -Be 'Utc'
        Join-Path $TestDrive first/repository.json | Should -Exist
    }

    It 'warns that there is one owner only' {
        $null = New-WorkloadRepository (Join-Path $TestDrive owner) -Passphrase $secret -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -Match 'Add-WorkloadRepositoryKey'
    }

    It 'does nothing with -WhatIf' {
        $place = Join-Path $TestDrive whatif
        New-WorkloadRepository $place -Passphrase $secret -WhatIf | Should -BeNullOrEmpty
        $place | Should -Not -Exist
    }

    It 'refuses a directory that holds a repository' {
        $null = New-WorkloadRepository (Join-Path $TestDrive twice) -Passphrase $secret -WarningAction SilentlyContinue
        { New-WorkloadRepository (Join-Path $TestDrive twice) -Passphrase $secret } | Should -Throw -ErrorId 'RepositoryExists,*'
    }

    It 'refuses a folder with other things in it, and takes one that is empty' {
        $place = (New-Item (Join-Path $TestDrive full) -ItemType Directory).FullName
        Set-Content (Join-Path $place web01.vhdx) 'a disk'
        $failed = { New-WorkloadRepository $place -Passphrase $secret } | Should -Throw -ErrorId 'FolderNotEmpty,*' -PassThru
        $failed.ErrorDetails.Message | Should -Match 'web01\.vhdx'
        Remove-Item (Join-Path $place web01.vhdx)
        (New-WorkloadRepository $place -Passphrase $secret -WarningAction SilentlyContinue).Path | Should -Be $place
    }

    It 'refuses an empty passphrase, of readers and of the owner' {
        $place = Join-Path $TestDrive empty
        foreach ($keys in @{ Passphrase = [securestring]::new() }, @{ Passphrase = $secret; OwnerPassphrase = [securestring]::new() }) {
            $failed = { New-WorkloadRepository $place @keys } | Should -Throw -ErrorId 'PassphraseEmpty,*' -PassThru
            $failed.CategoryInfo.Category | Should -Be 'InvalidArgument'
            Get-ChildItem $place -ErrorAction Ignore | Should -BeNullOrEmpty
        }
        (New-WorkloadRepository $place -Passphrase $secret -WarningAction SilentlyContinue).HasKey | Should -BeTrue
    }

    It 'refuses a block size that is no power of two' {
        { New-WorkloadRepository (Join-Path $TestDrive odd) -Passphrase $secret -BlockSize 5000 } | Should -Throw '*5000 is not a power of two from 4 KiB to 4 MiB. Give one such as*'
        Join-Path $TestDrive odd | Should -Not -Exist
    }

    It 'takes another block size' {
        (New-WorkloadRepository (Join-Path $TestDrive small) -Passphrase $secret -BlockSize 4KB -WarningAction SilentlyContinue).BlockSize | Should -Be 4KB
    }

    It 'is opened by a certificate too' {
        $key = [Security.Cryptography.RSA]::Create(2048)
        $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=dr', $key, 'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)
        $cert = $request.CreateSelfSigned([DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1))
        $made = New-WorkloadRepository (Join-Path $TestDrive cert) -Passphrase $secret -Certificate $cert -WarningAction SilentlyContinue
        (Connect-WorkloadRepository $made.Path -Certificate $cert).HasKey | Should -BeTrue
    }

    It 'shows no secret' {
        $made = New-WorkloadRepository (Join-Path $TestDrive silent) -Passphrase $secret -WarningAction SilentlyContinue
        $made | Format-List * | Out-String | Should -Not -Match 'correct horse'
        $made | ConvertTo-Json -Depth 4 | Should -Not -Match 'correct horse'
    }
}
