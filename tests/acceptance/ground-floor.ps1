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
& (Join-Path $PSScriptRoot 'Invoke-Acceptance.ps1') -Part ground-floor @PSBoundParameters
exit $LASTEXITCODE
