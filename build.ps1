#Requires -Version 7.4

<#
.SYNOPSIS
    Builds, tests and packs the module, for people with PowerShell.
.DESCRIPTION
    Clean   removes bin, obj and out.
    Build   compiles; leaves an importable module behind WorkloadPortability.psd1.
    Test    runs the .NET tests, then Pester on the packed module.
    Pack    puts the module into out/WorkloadPortability/<version>, ready for a module path.
    Format  checks the layout of the sources.
    Help    brings docs/help up to date and makes en-US/Portability.Module.dll-Help.xml of it.
.EXAMPLE
    ./build.ps1 Build, Pack
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Clean', 'Build', 'Test', 'Pack', 'Format', 'Help')]
    [string[]] $Task = @('Build'),

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

Set-StrictMode -Version 3
$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$manifest = Join-Path $root 'WorkloadPortability.psd1'

function Invoke-Tool {
    param([string] $Command, [string[]] $Arguments)
    & $Command @Arguments
    if ($LASTEXITCODE -ne 0) { throw "Failed to run '$Command $Arguments': it ended with $LASTEXITCODE." }
}

function Invoke-Clean {
    Get-ChildItem $root -Directory -Recurse -Include bin, obj | Where-Object FullName -NotMatch '[\\/]\.git[\\/]' | Remove-Item -Recurse -Force
    Remove-Item (Join-Path $root out) -Recurse -Force -ErrorAction Ignore
}

function Invoke-Build {
    Invoke-Tool dotnet @('build', (Join-Path $root 'Portability.Module.sln'), '-c', $Configuration, '-nologo')
    # The two load contexts must not share a file: one type would be two.
    if (Test-Path (Join-Path $root 'bin/Engine/Portability.Contracts.dll')) { throw 'Portability.Contracts.dll lies in bin/Engine; it belongs into bin alone.' }
    if (Test-Path (Join-Path $root 'bin/Portability.Core.dll')) { throw 'Portability.Core.dll lies in bin; it belongs into bin/Engine alone.' }
}

function Invoke-Pack {
    $version = (Import-PowerShellDataFile $manifest).ModuleVersion
    $target = Join-Path $root "out/WorkloadPortability/$version"
    Remove-Item $target -Recurse -Force -ErrorAction Ignore
    $null = New-Item $target -ItemType Directory -Force
    Copy-Item $manifest, (Join-Path $root LICENSE), (Join-Path $root NOTICE), (Join-Path $root en-US) $target -Recurse
    foreach ($file in Get-ChildItem (Join-Path $root bin) -File -Recurse | Where-Object Extension -in '.dll', '.ps1xml', '.json', '.so', '.dylib') {
        $place = Join-Path $target ([IO.Path]::GetRelativePath($root, $file.FullName))
        $null = New-Item (Split-Path $place) -ItemType Directory -Force
        Copy-Item $file.FullName $place
    }
    Write-Host "Packed $target"
}

function Invoke-Test {
    Invoke-Tool dotnet @('test')
    Invoke-Tool pwsh @('-NoProfile', '-File', (Join-Path $root 'tests/Module.Tests/Invoke-ModuleTests.ps1'))
}

function Invoke-Format {
    Invoke-Tool dotnet @('format', (Join-Path $root 'Portability.Module.sln'), '--verify-no-changes', '--no-restore')
}

function Invoke-Help {
    Invoke-Tool pwsh @('-NoProfile', '-File', (Join-Path $root 'docs/help/Update-Help.ps1'))
}

foreach ($name in $Task) {
    Write-Host "== $name"
    & "Invoke-$name"
}
