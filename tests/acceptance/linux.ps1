#!/usr/bin/env pwsh
#requires -Version 7.6

<#
.SYNOPSIS
Shows that a Linux machine is read, converted and run: one check a line, each prints what it saw.
.EXAMPLE
./tests/acceptance/linux.ps1 -Line 7 -GuestPath ../guest
#>
[CmdletBinding()]
param(
    # Lines to check; all when omitted.
    [int[]] $Line,
    # Folder with boot.raw, data.raw and manifest.txt of a Debian guest.
    [string] $GuestPath,
    # Folder with the scripts that run that guest.
    [string] $LabPath = (Join-Path $PSScriptRoot '../../../shared/lab'),
    # Where everything is written; removed afterwards unless given.
    [string] $WorkFolder,
    # The long forms: the guest is killed 30 times instead of 3.
    [switch] $Long
)
& (Join-Path $PSScriptRoot 'Invoke-Acceptance.ps1') -Part linux @PSBoundParameters
exit $LASTEXITCODE
