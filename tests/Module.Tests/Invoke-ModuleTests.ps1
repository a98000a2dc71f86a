#Requires -Version 7.6

<#
.SYNOPSIS
    Runs the Pester files of this folder against the packed module.
.PARAMETER Name
    Names of cmdlets whose files run; all when omitted. Wildcards are accepted.
.PARAMETER Summary
    File that receives "passed failed skipped" in one line.
.PARAMETER NoPack
    Tests what is in bin as it is, without packing it first.
#>
[CmdletBinding()]
param(
    [string[]] $Name = '*',
    [string] $Summary,
    [switch] $NoPack
)

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
if (-not (Test-Path (Join-Path $root bin/Portability.Module.dll))) { throw "Failed to test '$root': nothing is built. Run 'dotnet build' first." }
$version = (Import-PowerShellDataFile (Join-Path $root WorkloadPortability.psd1)).ModuleVersion
if (-not $NoPack) { & (Join-Path $root build.ps1) Pack }
$env:PORTABILITY_MODULE = if ($NoPack) { Join-Path $root WorkloadPortability.psd1 } else { Join-Path $root "out/WorkloadPortability/$version/WorkloadPortability.psd1" }

# From outside PowerShell a list arrives as one text.
$Name = $Name -split ','
Import-Module Pester -MinimumVersion 5.0
$files = Get-ChildItem $PSScriptRoot -Filter *.Tests.ps1 | Where-Object { $file = $_; $Name | Where-Object { $file.Name -like "$_.Tests.ps1" } }
$configuration = New-PesterConfiguration
$configuration.Run.Path = $files.FullName
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.CIFormat = 'None'
$result = Invoke-Pester -Configuration $configuration
$skipped = $result.SkippedCount + $result.NotRunCount + $result.InconclusiveCount
$failed = $result.FailedCount + $result.FailedContainersCount + $result.FailedBlocksCount
if ($Summary) { "$($result.PassedCount) $failed $skipped" | Set-Content $Summary }
exit [int]($failed -gt 0)
