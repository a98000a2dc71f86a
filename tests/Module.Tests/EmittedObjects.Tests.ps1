BeforeDiscovery {
    Import-Module $env:PORTABILITY_MODULE -Force
    $script:types = @((Get-Command -Module WorkloadPortability).OutputType.Type | Where-Object { $_.Namespace -eq 'Portability' } | Sort-Object Name -Unique)
}

BeforeAll {
    Import-Module $env:PORTABILITY_MODULE -Force

    # Fills every property of an object with a value that is not its default, so that a lost one shows.
    function New-Filled {
        param([type] $Type)
        $values = @{}
        foreach ($property in $Type.GetProperties()) {
            $kind = $property.PropertyType
            $isArray = $kind.IsArray
            if ($isArray) { $kind = $kind.GetElementType() }
            $value = if ($kind -eq [string]) { "text of $($property.Name)" }
            elseif ($kind -eq [guid]) { [guid]::NewGuid() }
            elseif ($kind -eq [bool]) { $true }
            elseif ($kind -eq [datetime]) { [datetime]::new(2026, 1, 2, 3, 4, 5, [DateTimeKind]::Utc) }
            elseif ($kind -eq [timespan]) { [timespan]::FromSeconds(61.5) }
            elseif ($kind.IsEnum) { [enum]::GetValues($kind)[-1] }
            elseif ($kind.IsPrimitive) { 42 -as $kind }
            else { New-Filled $kind }
            $values[$property.Name] = if ($isArray) { , ($value, $value) } else { $value }
            if ($isArray) { $values[$property.Name] = @($value, $value) }
        }
        $values -as $Type
    }

    function ConvertTo-Plain {
        param($Value)
        $Value | ConvertTo-Json -Depth 8 -Compress
    }
}

Describe 'An emitted <_.Name>' -ForEach $types {
    BeforeAll { $script:filled = New-Filled $_ }

    It 'can be made from a table of its properties' {
        $filled | Should -BeOfType $_
    }

    It 'comes back whole from a remote session' {
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($filled))
        $back = $copy -as $_
        $back | Should -BeOfType $_
        ConvertTo-Plain $back | Should -BeExactly (ConvertTo-Plain $filled)
    }

    It 'keeps its times in UTC on the way' {
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($filled))
        foreach ($property in $_.GetProperties() | Where-Object PropertyType -EQ ([datetime])) { $copy.($property.Name).Kind | Should -Be 'Utc' }
    }

    It 'survives JSON' {
        $back = $filled | ConvertTo-Json -Depth 8 | ConvertFrom-Json
        foreach ($property in $_.GetProperties()) { $back.PSObject.Properties.Name | Should -Contain $property.Name }
    }

    It 'fits a table of 100 columns' {
        $lines = ($filled | Format-Table | Out-String -Width 100) -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 100
        $lines.Where{ $_.Trim() }.Count | Should -BeGreaterOrEqual 3
    }

    It 'has a list view of its own' {
        ($filled | Format-List | Out-String -Width 200).Trim() | Should -Not -BeNullOrEmpty
    }
}
