#Requires -Version 7.6
#Requires -Modules WorkloadPortability

<#
.SYNOPSIS
    Captures a machine for the first time: makes the repository if there is none, registers the machine, captures it and proves it.
.DESCRIPTION
    Run it once for each machine. Afterwards its name is enough: New-WorkloadSnapshot -Name web01 -Repository D:\Vault.
    The machine must be off, or its disks must be copies that nothing writes to. Run again for the same machine, it registers nothing
    anew and captures what changed.
.PARAMETER RepositoryPath
    Folder of the repository.
.PARAMETER Name
    Name of the machine.
.PARAMETER BootDiskPath
    Disks that the machine needs to boot, in their order.
.PARAMETER DataDiskPath
    All other disks, in their order.
.PARAMETER Passphrase
    Passphrase of the repository. Asked for when omitted. Keep it: without it nothing can be read again.
.EXAMPLE
    ./FirstCapture.ps1 -RepositoryPath D:\Vault -Name web01 -BootDiskPath C:\VMs\web01.vhdx -DataDiskPath E:\VMs\web01-data.vhdx
.OUTPUTS
    Portability.WorkloadSnapshot
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('Portability.WorkloadSnapshot')]
param(
    [Parameter(Mandatory, Position = 0)] [string] $RepositoryPath,
    [Parameter(Mandatory, Position = 1)] [string] $Name,
    [Parameter(Mandatory)] [string[]] $BootDiskPath,
    [string[]] $DataDiskPath = @(),
    [securestring] $Passphrase = (Read-Host -Prompt "Passphrase of $RepositoryPath" -AsSecureString)
)

$ErrorActionPreference = 'Stop'
$disks = @{ BootDiskPath = $BootDiskPath }
if ($DataDiskPath) { $disks.DataDiskPath = $DataDiskPath }

# What the disks are, before anything is stored: a wrong path or an image in use ends here.
Get-WorkloadDisk -LiteralPath ($BootDiskPath + $DataDiskPath) | ForEach-Object { Write-Verbose "$($_.Path): $($_.Format), $($_.Length / 1GB) GiB, $($_.Partitions.Count) partitions" }

if (Test-Path -LiteralPath $RepositoryPath) {
    $repository = Connect-WorkloadRepository -Path $RepositoryPath -Passphrase $Passphrase
}
elseif ($PSCmdlet.ShouldProcess($RepositoryPath, 'Make repository')) {
    $repository = New-WorkloadRepository -Path $RepositoryPath -Passphrase $Passphrase
    Write-Verbose "Keep the fingerprint of the owner where the passphrase is kept: $($repository.OwnerFingerprint)"
}
else {
    return
}

# A pattern that only this name fits: a name that is not there is no error then.
$registered = Get-Workload -Repository $repository -Name "$([wildcardpattern]::Escape($Name))*" | Where-Object { $_.Name -eq $Name -and $_.Disks }
if (-not $registered) { $null = Register-Workload -Name $Name -Repository $repository @disks }
$snapshot = New-WorkloadSnapshot -Name $Name -Repository $repository -Tag first
if (-not $snapshot) { return }
if (-not ($snapshot | Test-WorkloadSnapshot)) { throw "Snapshot $snapshot is not whole: see Test-WorkloadSnapshot -Detailed." }
$snapshot
