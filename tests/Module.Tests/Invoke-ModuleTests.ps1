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
.PARAMETER Module
    Manifest of the module to test, where it is neither that of the sources nor the packed one.
.PARAMETER Processes
    Processes that share the files; as many as there are processors, at most four, when omitted. Most of the time goes into deriving keys of
    passphrases, which each process does on one processor.
#>
[CmdletBinding()]
param(
    [string[]] $Name = '*',
    [string] $Summary,
    [switch] $NoPack,
    [string] $Module,
    [ValidateRange(1, 64)] [int] $Processes = [math]::Min(4, [Environment]::ProcessorCount)
)

$ErrorActionPreference = 'Stop'
$root = Split-Path (Split-Path $PSScriptRoot)
if (-not (Test-Path (Join-Path $root bin/Portability.Module.dll))) { throw "Failed to test '$root': nothing is built. Run 'dotnet build' first." }
$version = (Import-PowerShellDataFile (Join-Path $root WorkloadPortability.psd1)).ModuleVersion
if (-not $NoPack) { & (Join-Path $root build.ps1) Pack }
$env:PORTABILITY_MODULE = if ($Module) { $Module } elseif ($NoPack) { Join-Path $root WorkloadPortability.psd1 } else { Join-Path $root "out/WorkloadPortability/$version/WorkloadPortability.psd1" }

# From outside PowerShell a list arrives as one text.
$Name = $Name -split ','
$files = @(Get-ChildItem $PSScriptRoot -Filter *.Tests.ps1 | Where-Object { $file = $_; $Name | Where-Object { $file.Name -like "$_.Tests.ps1" } })
if (-not $files) { throw "Failed to test '$Name': no file of '$PSScriptRoot' has such a name." }

if ($Processes -gt 1 -and $files.Count -gt 1) {
    # Dealt out by size, largest first, so that the shares are about equal.
    $shares = [Collections.Generic.List[string][]]::new([math]::Min($Processes, $files.Count))
    $next = 0
    foreach ($file in $files | Sort-Object Length -Descending) {
        $place = $next++ % $shares.Count
        if (-not $shares[$place]) { $shares[$place] = [Collections.Generic.List[string]]::new() }
        $shares[$place].Add(($file.Name -replace '\.Tests\.ps1$'))
    }
    $pwsh = (Get-Process -Id $PID).Path
    $results = $shares | ForEach-Object -ThrottleLimit $shares.Count -Parallel {
        $report = New-TemporaryFile
        & $using:pwsh -NoProfile -NonInteractive -File (Join-Path $using:PSScriptRoot Invoke-ModuleTests.ps1) -Name ($_ -join ',') -Summary $report -NoPack -Processes 1 -Module $using:env:PORTABILITY_MODULE *>&1 | Out-String -Stream -OutVariable text | Out-Null
        $status = $LASTEXITCODE
        $counts = (Get-Content $report) -split ' '
        Remove-Item $report
        # A process that ended without a summary has failed, whatever it printed.
        if ($counts.Count -eq 3) { [pscustomobject] @{ Text = $text; Passed = [int] $counts[0]; Failed = [math]::Max([int] $counts[1], [int] ($status -ne 0)); Skipped = [int] $counts[2] } }
        else { [pscustomobject] @{ Text = $text; Passed = 0; Failed = 1; Skipped = 0 } }
    }
    $results.Text | Out-Host
    $passed, $failed, $skipped = 'Passed', 'Failed', 'Skipped' | ForEach-Object { [int] ($results | Measure-Object $_ -Sum).Sum }
    Write-Host "All files: $passed passed, $failed failed, $skipped skipped."
}
else {
    Import-Module Pester -MinimumVersion 5.0
    $configuration = New-PesterConfiguration
    $configuration.Run.Path = $files.FullName
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = 'Normal'
    $configuration.Output.CIFormat = 'None'
    $result = Invoke-Pester -Configuration $configuration
    $passed = $result.PassedCount
    $skipped = $result.SkippedCount + $result.NotRunCount + $result.InconclusiveCount
    $failed = $result.FailedCount + $result.FailedContainersCount + $result.FailedBlocksCount
}
if ($Summary) { "$passed $failed $skipped" | Set-Content $Summary }
exit [int]($failed -gt 0)
