BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:secret = ConvertTo-Secret 'correct horse'
    $script:made = New-TestRepository
}

Describe 'Connect-WorkloadRepository' {
    It 'opens with the passphrase' {
        $open = Connect-WorkloadRepository $made.Path -Passphrase $secret
        $open.Id | Should -Be $made.Id
        $open.HasKey | Should -BeTrue
    }

    It 'has no key without a secret, though another connection has' {
        $null = Connect-WorkloadRepository $made.Path -Passphrase $secret
        (Connect-WorkloadRepository $made.Path).HasKey | Should -BeFalse
    }

    It 'makes its place mean the last connect, while objects keep theirs' {
        $keyed = Connect-WorkloadRepository $made.Path -Passphrase $secret
        $null = Connect-WorkloadRepository $made.Path
        (Get-WorkloadRepository $made.Path | Select-Object -Last 1).HasKey | Should -BeFalse
        $keyed.HasKey | Should -BeTrue
    }

    It 'says in one line that a secret is wrong' {
        $failed = { Connect-WorkloadRepository $made.Path -Passphrase (ConvertTo-Secret 'wrong') } | Should -Throw -ErrorId 'WrongSecret,*' -PassThru
        $failed.CategoryInfo.Category | Should -Be 'AuthenticationError'
        ($failed.ErrorDetails.Message -split '\n').Count | Should -Be 1
        $failed.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'says that there is no repository' {
        $null = New-Item (Join-Path $TestDrive empty) -ItemType Directory
        $failed = { Connect-WorkloadRepository (Join-Path $TestDrive empty) } | Should -Throw -PassThru
        $failed.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'asks for the fingerprint on a machine that never saw the owner' {
        $env:PORTABILITY_STATE = Join-Path $TestDrive 'other-state'
        try {
            $failed = { Connect-WorkloadRepository $made.Path } | Should -Throw -ErrorId 'OwnerNotPinned,*' -PassThru
            $failed.ErrorDetails.Message + $failed.ErrorDetails.RecommendedAction | Should -Match $made.OwnerFingerprint
            { Connect-WorkloadRepository $made.Path -Fingerprint ('0' * 64) } | Should -Throw
            (Connect-WorkloadRepository $made.Path -Fingerprint $made.OwnerFingerprint).Id | Should -Be $made.Id
            (Connect-WorkloadRepository $made.Path).Id | Should -Be $made.Id
        }
        finally { $env:PORTABILITY_STATE = Join-Path $TestDrive 'state' }
    }

    It 'ends at Ctrl+C while the key is derived, however long that takes' {
        # Passphrases are calibrated to half a second: a slot of a slower machine, or a hostile one, takes longer.
        $engine = [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Portability.Engine' } | Select-Object -First 1
        $options = [activator]::CreateInstance($engine.GetType('Portability.Engine.Repositories.NewRepositoryOptions'))
        $slow = @{ Path = Join-Path $TestDrive slow; Secret = $engine.GetType('Portability.Engine.EngineSecret')::FromPassphrase([securestring] $secret); DerivationTime = [timespan]::FromSeconds(2) }
        foreach ($name in $slow.Keys) { $options.GetType().GetProperty($name).SetValue($options, $slow[$name]) }
        $facade = [activator]::CreateInstance($engine.GetType('Portability.Engine.Repositories.RepositoryFacade'), $engine.GetType('Portability.Engine.EngineEnvironment')::FromProcess())
        $facade.CreateAsync($options, [Portability.SilentObserver]::Instance, [Threading.CancellationToken]::None).GetAwaiter().GetResult().Dispose()

        $whole = Measure-Command { Connect-WorkloadRepository $slow.Path -Passphrase $secret }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $stopped = Stop-RunningScript 'param($path, $secret) Connect-WorkloadRepository $path -Passphrase $secret' $slow.Path, $secret -When { $clock.Elapsed.TotalSeconds -gt 0.3 }
        $stopped.WasRunning | Should -BeTrue
        $stopped.State | Should -Be 'Stopped'
        $stopped.Output | Should -BeNullOrEmpty
        $stopped.Seconds | Should -BeLessThan ($whole.TotalSeconds / 2) -Because 'the derivation is not waited for'
    }

    It 'takes the path from the pipeline' {
        ($made.Path | Connect-WorkloadRepository).Id | Should -Be $made.Id
    }

    It 'refuses an address' {
        { Connect-WorkloadRepository 'https://dr.example:7443' } | Should -Throw -ErrorId 'StoreKindUnsupported,*'
    }

    It 'takes no state directory that changes with the current folder' {
        $before = $env:PORTABILITY_STATE
        try {
            $env:PORTABILITY_STATE = 'state'
            $failed = { Connect-WorkloadRepository $made.Path } | Should -Throw -ErrorId 'StateNotAbsolute,*' -PassThru
            $failed.ErrorDetails.RecommendedAction | Should -Match 'PORTABILITY_STATE'
        }
        finally { $env:PORTABILITY_STATE = $before }
    }
}
