#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
Runs the checks of one part, one a line of it; each prints what it saw, and what does not hold is told at the end.
.EXAMPLE
./tests/acceptance/Invoke-Acceptance.ps1 -Part ground-floor -Line 2, 3
.EXAMPLE
./tests/acceptance/Invoke-Acceptance.ps1 -Part linux -Line 7 -GuestPath ../guest -Long
#>
[CmdletBinding()]
param(
    # The part: a folder here with a script a line.
    [Parameter(Mandatory)] [ValidateScript({ Test-Path (Join-Path $PSScriptRoot $_ 'line-*.ps1') }, ErrorMessage = 'There is no part {0}.')] [string] $Part,
    # Lines to check; all that there are when omitted.
    [int[]] $Line,
    # Folder with boot.raw, data.raw and manifest.txt of a Debian guest; lines that run it need it.
    [string] $GuestPath,
    # Folder with the scripts that run that guest.
    [string] $LabPath = (Join-Path $PSScriptRoot '../../../shared/lab'),
    # Where everything is written; removed afterwards unless given.
    [string] $WorkFolder,
    # The long forms: more kills, more histories, more of everything that is random.
    [switch] $Long
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
if (-not $Line) { $Line = @(Get-ChildItem (Join-Path $PSScriptRoot $Part 'line-*.ps1') | ForEach-Object { [int]$_.BaseName.Substring(5) } | Sort-Object) }
$own = -not $WorkFolder
if ($own) { $WorkFolder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "portability-$([guid]::NewGuid().ToString('n'))")).FullName }
$WorkFolder = (New-Item -ItemType Directory -Force $WorkFolder).FullName
$env:PORTABILITY_STATE = Join-Path $WorkFolder 'state'
Import-Module (Join-Path $root 'WorkloadPortability.psd1') -Force
$secret = ConvertTo-SecureString 'correct horse battery staple' -AsPlainText -Force
$results = [System.Collections.Generic.List[object]]::new()

. (Join-Path $PSScriptRoot 'Acceptance.ps1')
foreach ($number in $Line) {
    $name = Join-Path $PSScriptRoot $Part ('line-{0:d2}.ps1' -f $number)
    $started = [datetime]::UtcNow
    $folder = (New-Item -ItemType Directory -Force (Join-Path $WorkFolder "line-$number")).FullName
    $outcome = 'holds'; $saw = @()
    try { $saw = @(& $name | ForEach-Object { "      $_" | Out-Host; $_ }) }
    catch { $outcome = 'FAILS'; "      $($_.Exception.Message)" | Out-Host; "      $($_.ScriptStackTrace -replace "`n", "`n      ")" | Out-Host }
    if ($saw.Where({ $_ -like 'not reached:*' })) { $outcome = 'not reached' }
    "line {0,2}: {1} ({2:n0} s)" -f $number, $outcome, ([datetime]::UtcNow - $started).TotalSeconds | Out-Host
    $results.Add([pscustomobject]@{ Line = $number; Outcome = $outcome; Saw = $saw })
    Remove-Item -Recurse -Force $folder
}
if ($own) { Remove-Item -Recurse -Force $WorkFolder }
if ($results.Where({ $_.Outcome -eq 'FAILS' })) { exit 1 }
