#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
Shows that real disks go into the repository and come back unharmed: one check a line, each prints what it saw.
.EXAMPLE
./tests/acceptance/ground-floor.ps1 -Line 2, 3
.EXAMPLE
./tests/acceptance/ground-floor.ps1 -GuestPath ../guest -Long
#>
[CmdletBinding()]
param(
    # Lines to check; all when omitted.
    [ValidateRange(1, 15)] [int[]] $Line = 1..15,
    # Folder with boot.raw, data.raw and manifest.txt of a Debian guest; lines 4 and 5 need it.
    [string] $GuestPath,
    # Folder with the scripts that run that guest.
    [string] $LabPath = (Join-Path $PSScriptRoot '../../../shared/lab'),
    # Where everything is written; removed afterwards unless given.
    [string] $WorkFolder,
    # The long forms: 1,000 kills instead of 100, a million histories instead of 10,000.
    [switch] $Long
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$root = (Resolve-Path (Join-Path $PSScriptRoot '../..')).Path
$own = -not $WorkFolder
if ($own) { $WorkFolder = (New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "portability-$([guid]::NewGuid().ToString('n'))")).FullName }
$WorkFolder = (New-Item -ItemType Directory -Force $WorkFolder).FullName
$env:PORTABILITY_STATE = Join-Path $WorkFolder 'state'
Import-Module (Join-Path $root 'WorkloadPortability.psd1') -Force
$secret = ConvertTo-SecureString 'correct horse battery staple' -AsPlainText -Force
$results = [System.Collections.Generic.List[object]]::new()

. (Join-Path $PSScriptRoot 'Acceptance.ps1')
foreach ($number in $Line) {
    $name = Join-Path $PSScriptRoot ('ground-floor/line-{0:d2}.ps1' -f $number)
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
