BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:made = New-TestRepository
}

Describe 'Disconnect-WorkloadRepository' {
    BeforeEach {
        Get-WorkloadRepository | Disconnect-WorkloadRepository
        $script:open = Connect-WorkloadRepository $made.Path
    }

    It 'returns nothing and takes the connection out of the session' {
        Disconnect-WorkloadRepository $open | Should -BeNullOrEmpty
        Get-WorkloadRepository | Should -BeNullOrEmpty
    }

    It 'emits the repository without its key with -PassThru' {
        $keyed = Connect-WorkloadRepository $made.Path -Passphrase (ConvertTo-Secret 'correct horse')
        $keyed.HasKey | Should -BeTrue
        $closed = $keyed | Disconnect-WorkloadRepository -PassThru
        $closed.Id | Should -Be $made.Id
        $closed.HasKey | Should -BeFalse
    }

    It 'takes a path' {
        Disconnect-WorkloadRepository $open.Path
        Get-WorkloadRepository | Should -BeNullOrEmpty
    }

    It 'does nothing with -WhatIf' {
        Disconnect-WorkloadRepository $open -WhatIf
        Get-WorkloadRepository | Should -HaveCount 1
    }

    It 'leaves objects that cannot be used any more and say so' {
        Disconnect-WorkloadRepository $open
        $keyed = Connect-WorkloadRepository $made.Path -Passphrase (ConvertTo-Secret 'correct horse')
        $disk = New-TestDisk
        Disconnect-WorkloadRepository $keyed
        $ErrorActionPreference = 'Stop'
        foreach ($use in { Get-WorkloadRepositoryKey $open }, { Get-WorkloadSnapshot -Repository $keyed }, { Register-Workload web01 -BootDiskPath $disk -Repository $keyed }) {
            $failed = $use | Should -Throw -ErrorId 'Disconnected,*' -PassThru
            $failed.ErrorDetails.RecommendedAction | Should -Match 'Connect-WorkloadRepository'
            foreach ($text in $failed.Exception.Message, $failed.ErrorDetails.Message) { $text | Should -Match '^Failed to use .*its connection was closed' }
        }
    }
}
