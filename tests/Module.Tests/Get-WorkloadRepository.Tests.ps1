BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:one = New-TestRepository -Name one
    $script:two = New-TestRepository -Name two
}

Describe 'Get-WorkloadRepository' {
    It 'shows what is connected' {
        (Get-WorkloadRepository).Id | Should -Be @($one.Id, $two.Id)
    }

    It 'filters by place, with wildcards' {
        (Get-WorkloadRepository '*two').Id | Should -Be $two.Id
        Get-WorkloadRepository '*three' | Should -BeNullOrEmpty
        { Get-WorkloadRepository (Join-Path $TestDrive three) -ErrorAction Stop } | Should -Throw -ErrorId 'NotConnected,*'
        Push-Location $TestDrive
        try { (Get-WorkloadRepository ./two).Id | Should -Be $two.Id } finally { Pop-Location }
    }

    It 'filters by identifier' {
        (Get-WorkloadRepository -Id $one.Id).Path | Should -Be $one.Path
    }

    It 'completes places' {
        $line = 'Get-WorkloadRepositoryKey -Repository '
        (TabExpansion2 $line $line.Length).CompletionMatches.ListItemText | Should -Contain $one.Path
    }

    It 'shares nothing with another runspace of the process' {
        $shell = [powershell]::Create()
        try { $shell.AddScript("Import-Module '$env:PORTABILITY_MODULE'; @(Get-WorkloadRepository).Count").Invoke() | Should -Be 0 } finally { $shell.Dispose() }
    }

    It 'emits objects that another runspace of the process can use' {
        $env:PORTABILITY_MODULE | ForEach-Object -Parallel { Import-Module $_; @(Get-WorkloadRepositoryKey $using:one).Count } | Should -Be 3
    }

    It 'emits objects whose copy finds its connection by identifier and place' {
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($two))
        (Get-WorkloadRepositoryKey $copy | Select-Object -First 1).RepositoryId | Should -Be $two.Id
    }
}
