BeforeAll {
    Import-Module $env:PORTABILITY_MODULE -Force
    $script:manifest = Import-PowerShellDataFile $env:PORTABILITY_MODULE

    function Invoke-Fresh {
        param([string] $Script)
        & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command $Script 2>&1 | Out-String
    }
}

Describe 'The module' {
    It 'has a valid manifest' {
        (Test-ModuleManifest $env:PORTABILITY_MODULE).Version | Should -Be $manifest.ModuleVersion
    }

    It 'exports the cmdlets that its manifest lists, and nothing else' {
        $commands = Get-Command -Module WorkloadPortability
        $commands.Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        $commands.CommandType | Should -Not -Contain 'Function'
    }

    It 'uses approved verbs only' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module WorkloadPortability).Verb | Where-Object { $_ -notin $approved } | Should -BeNullOrEmpty
    }

    It 'imports a second time by force, and after a removal' {
        Invoke-Fresh "
            Import-Module '$env:PORTABILITY_MODULE'; Import-Module '$env:PORTABILITY_MODULE' -Force
            Remove-Module WorkloadPortability; Import-Module '$env:PORTABILITY_MODULE'
            @(Get-Command -Module WorkloadPortability).Count" | Should -Match "^$($manifest.CmdletsToExport.Count)\s*$"
    }

    It 'shows its types by name as soon as it is imported' {
        Invoke-Fresh "Import-Module '$env:PORTABILITY_MODULE'; [Portability.WorkloadSnapshot].Name" | Should -Match '^WorkloadSnapshot'
    }

    It 'loads nothing of the engine before a cmdlet runs' {
        Invoke-Fresh "Import-Module '$env:PORTABILITY_MODULE'
            @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object FullName -like 'Portability.*').ForEach{ `$_.GetName().Name } -join ','" |
            Should -Match '^Portability.Contracts,Portability.Module\s*$|^Portability.Module,Portability.Contracts\s*$'
    }

    It 'works beside a module that carries an older copy of the same library' {
        $older = Join-Path $TestDrive 'older'
        $null = New-Item $older -ItemType Directory
        $image = Join-Path $TestDrive 'disk.raw'
        [IO.File]::WriteAllBytes($image, [byte[]]::new(1MB))
        $output = Invoke-Fresh "
            `$old = [Reflection.Emit.PersistedAssemblyBuilder]::new([Reflection.AssemblyName] 'Portability.Core, Version=0.0.1.0', [object].Assembly)
            `$null = `$old.DefineDynamicModule('old').DefineType('Portability.Core.Old', 'Public').CreateType()
            `$old.Save('$older/Portability.Core.dll')
            `$null = [Reflection.Assembly]::LoadFrom('$older/Portability.Core.dll')
            Import-Module '$env:PORTABILITY_MODULE'
            (Get-WorkloadDisk '$image').Length
            [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object FullName -like 'Portability.Core,*' |
                ForEach-Object { '{0} in {1}' -f `$_.GetName().Version, [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name } | Sort-Object"
        $output | Should -Match '(?m)^1048576\s*$'
        $output | Should -Match '0\.0\.1\.0 in Default'
        $output | Should -Match "$([regex]::Escape($manifest.ModuleVersion))\.0 in WorkloadPortability"
    }

    It 'says what to do when the engine is missing' {
        $copy = Join-Path $TestDrive 'broken'
        Copy-Item (Split-Path $env:PORTABILITY_MODULE) $copy -Recurse -Exclude .git, obj, out, src, tests
        Remove-Item (Join-Path $copy bin/Engine/Portability.Engine.dll)
        Invoke-Fresh "Import-Module '$copy/WorkloadPortability.psd1'; Get-WorkloadDisk '$PSCommandPath'" | Should -Match "Portability\.Engine\.dll': the file is missing"
    }
}

Describe 'Help of <_>' -ForEach @((Import-PowerShellDataFile $env:PORTABILITY_MODULE).CmdletsToExport) {
    BeforeAll { $script:help = Get-Help $_ -Full }

    It 'has a synopsis and a description' {
        $help.Synopsis | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match "^\s*$_\s"
        ($help.description | Out-String).Trim() | Should -Not -BeNullOrEmpty
    }

    It 'tells every parameter' {
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
        foreach ($name in (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin $common }) {
            $told = $help.parameters.parameter | Where-Object name -EQ $name
            ($told.description | Out-String).Trim() | Should -Not -BeNullOrEmpty -Because "-$name needs a text"
        }
    }

    It 'shows an example whose code parses and calls the cmdlet' {
        $examples = @($help.examples.example)
        $examples.Count | Should -BeGreaterThan 0
        foreach ($example in $examples) {
            $errors = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
            $calls = foreach ($call in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) { $call.GetCommandName() }
            $calls | Should -Contain $_
        }
    }
}
