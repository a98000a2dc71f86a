BeforeDiscovery { $script:scripts = @(Get-ChildItem (Join-Path $PSScriptRoot ../../examples) -Filter *.ps1) }

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Initialize-TestState
    $script:examples = (Resolve-Path (Join-Path $PSScriptRoot ../../examples)).Path
}

Describe 'The script <_.Name>' -ForEach $scripts {
    It 'requires a version, tells every parameter, and shows an example that parses' {
        Get-Content $_ -TotalCount 1 | Should -Be '#Requires -Version 7.6'
        $help = Get-Help $_.FullName -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match '\.ps1'
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
        foreach ($name in (Get-Command $_.FullName).Parameters.Keys | Where-Object { $_ -notin $common }) {
            ($help.parameters.parameter | Where-Object name -EQ $name).description | Out-String | Should -Not -BeNullOrEmpty -Because "-$name needs a text"
        }
        @($help.examples.example)[0].code | Should -Match ([regex]::Escape($_.Name))
    }
}

# One after the other, as an admin would: what one makes, the next uses.
Describe 'The scripts' {
    BeforeAll {
        $script:secret = ConvertTo-Secret 'correct horse'
        $script:vault = Join-Path $TestDrive vault
        $script:boot = New-TestDisk boot.raw -Bootable
        $script:data = New-TestDisk data.raw -Seed 2
        $script:scratch = Join-Path $TestDrive scratch
        $script:copy = Join-Path $TestDrive copy
    }

    It 'FirstCapture changes nothing with -WhatIf' {
        & $examples/FirstCapture.ps1 $vault web01 -BootDiskPath $boot -DataDiskPath $data -Passphrase $secret -WhatIf | Should -BeNullOrEmpty
        $vault | Should -Not -Exist
    }

    It 'FirstCapture makes the repository, registers and captures' {
        $made = & $examples/FirstCapture.ps1 $vault web01 -BootDiskPath $boot -DataDiskPath $data -Passphrase $secret -WarningAction SilentlyContinue
        $made.Sequence | Should -Be 1
        $made.Tag | Should -Be 'first'
        $made.Disks.Role | Should -Be @('Boot', 'Data')
    }

    It 'FirstCapture captures what changed when it runs again' {
        Edit-TestDisk $data 3MB
        $again = & $examples/FirstCapture.ps1 $vault web01 -BootDiskPath $boot -DataDiskPath $data -Passphrase $secret
        $again.Sequence | Should -Be 2
        $again.ChangedBytes | Should -Be 64KB
        $null = & $examples/FirstCapture.ps1 $vault db01 -BootDiskPath $boot -Passphrase $secret
    }

    It 'Nightly captures every registered workload' {
        Edit-TestDisk $data 4MB -Seed 5
        $made = & $examples/Nightly.ps1 $vault -Passphrase $secret
        $made.Name | Should -Be @('db01', 'web01')
        $made.Tag | Should -Be @('nightly', 'nightly')
    }

    It 'Nightly removes nightly snapshots that are too old, but never the newest' {
        $clock = [datetime]::Now.AddDays(60)
        Mock Get-Date { $clock }
        $null = & $examples/Nightly.ps1 $vault -Passphrase $secret -KeepDays 30
        $left = Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $vault) -Name web01
        $left.Tag | Should -Be @('first', 'first', 'nightly')
        $left[-1].Sequence | Should -Be 4
    }

    It 'Nightly goes on after a workload that fails, and ends with an error' {
        $open = Connect-WorkloadRepository $vault -Passphrase $secret
        $null = Register-Workload broken -BootDiskPath (New-TestDisk broken.raw) -Repository $open
        Remove-Item (Join-Path $TestDrive broken.raw)
        $said = { $script:made = & $examples/Nightly.ps1 $vault -Passphrase $secret -ErrorAction SilentlyContinue } | Should -Throw -PassThru
        "$said" | Should -Match 'had errors \(1\)'
        (Get-WorkloadSnapshot -Repository $open -Name db01 -Latest).Sequence | Should -Be 4
        Unregister-Workload broken -Repository $open -Confirm:$false
    }

    It 'RestoreDrill passes for every workload, and leaves nothing behind' {
        $scratch = Join-Path $TestDrive scratch
        $results = & $examples/RestoreDrill.ps1 $vault -Passphrase $secret -ScratchPath $scratch -Format Qcow2
        $results.Name | Should -Be @('db01', 'web01')
        $results.Passed | Should -Not -Contain $false
        ($results | Where-Object Name -EQ web01).Disks | Should -Be 2
        Get-ChildItem $scratch -Recurse -File | Should -BeNullOrEmpty
    }

    It 'RestoreDrill says what is broken, and goes on' {
        $open = Connect-WorkloadRepository $vault -Passphrase $secret
        $disk = New-TestDisk drill.raw -DataAt 5MB -DataLength 1MB -Seed 77
        $before = Get-ChildItem (Join-Path $vault packs) -Recurse -File | ForEach-Object FullName
        $null = New-WorkloadSnapshot drill -DataDiskPath $disk -Repository $open
        $pack = Get-ChildItem (Join-Path $vault packs) -Recurse -File | Where-Object FullName -NotIn $before | Sort-Object Length | Select-Object -Last 1
        $bytes = [IO.File]::ReadAllBytes($pack.FullName)
        $damaged = $bytes.Clone()
        $damaged[300] = $damaged[300] -bxor 1
        $pack.IsReadOnly = $false
        [IO.File]::WriteAllBytes($pack.FullName, $damaged)
        try {
            $results = & $examples/RestoreDrill.ps1 $vault -Passphrase $secret -ScratchPath (Join-Path $TestDrive scratch)
            ($results | Where-Object Name -EQ drill).Passed | Should -BeFalse
            ($results | Where-Object Name -EQ drill).Problem | Should -Match $pack.Name
            ($results | Where-Object Name -EQ web01).Passed | Should -BeTrue
        }
        finally { [IO.File]::WriteAllBytes($pack.FullName, $bytes) }
    }

    It 'OffsiteCopy copies what is wanted, and proves it there without a key' {
        $copy = Join-Path $TestDrive copy
        $results = & $examples/OffsiteCopy.ps1 $vault $copy -Name web*
        $results | Should -BeOfType Portability.SnapshotTestResult
        $results.Name | Should -Be 'web01'
        $results.IsHealthy | Should -BeTrue
        $results.RepositoryPath | Should -Be $copy
        $restored = Get-WorkloadSnapshot -Repository (Connect-WorkloadRepository $copy -Passphrase $secret) -Name web01 -Latest |
            Restore-WorkloadImage -DestinationPath (Join-Path $TestDrive back) -Format Raw -Role Data
        (Get-FileHash $restored.Path).Hash | Should -Be (Get-FileHash $data).Hash
    }

    It 'OffsiteCopy copies the rest when it runs again' {
        (& $examples/OffsiteCopy.ps1 $vault (Join-Path $TestDrive copy)).Name | Sort-Object | Should -Be @('db01', 'drill', 'web01')
    }
}
