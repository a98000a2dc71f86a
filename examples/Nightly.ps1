#Requires -Version 7.6
#Requires -Modules WorkloadPortability

<#
.SYNOPSIS
    Captures every registered workload, removes what is older than wanted, and gives the space back. For a scheduled task.
.DESCRIPTION
    One workload that fails does not keep the others from being captured. Nothing is ever asked. The newest snapshot of a workload is
    kept however old it is. Ends with an error when a workload was not captured, so that the scheduler notices.
.PARAMETER RepositoryPath
    Folder of the repository.
.PARAMETER Passphrase
    Passphrase of the repository, such as Get-Secret returns it.
.PARAMETER Name
    Workloads to capture; every registered one when omitted. Wildcards are accepted.
.PARAMETER KeepDays
    Days that nightly snapshots are kept.
.EXAMPLE
    ./Nightly.ps1 -RepositoryPath D:\Vault -Passphrase (Get-Secret Vault) -KeepDays 30
.OUTPUTS
    Portability.WorkloadSnapshot
#>
[CmdletBinding(SupportsShouldProcess)]
[OutputType('Portability.WorkloadSnapshot')]
param(
    [Parameter(Mandatory, Position = 0)] [string] $RepositoryPath,
    [Parameter(Mandatory)] [securestring] $Passphrase,
    [SupportsWildcards()] [string[]] $Name = '*',
    [ValidateRange(1, 3650)] [int] $KeepDays = 30
)

$repository = Connect-WorkloadRepository -Path $RepositoryPath -Passphrase $Passphrase -ErrorAction Stop
$registered = @(Get-Workload -Repository $repository -Name $Name | Where-Object Disks)
$registered | New-WorkloadSnapshot -Tag nightly -ErrorVariable failed

# The tag keeps what was captured by hand out of this; the newest of each workload stays.
$newest = @(Get-WorkloadSnapshot -Repository $repository -Latest | ForEach-Object Id)
Get-WorkloadSnapshot -Repository $repository -Tag nightly -Before (Get-Date).AddDays(-$KeepDays) |
    Where-Object { $_.Id -notin $newest -and $_.Name -in $registered.Name } |
    Remove-WorkloadSnapshot -Confirm:$false -ErrorVariable +failed
$freed = Optimize-WorkloadRepository -Repository $repository -ErrorVariable +failed
if ($freed) { Write-Verbose "Freed $($freed.BytesFreed / 1MB) MiB; $($freed.StoredBytes / 1MB) MiB are stored." }
Disconnect-WorkloadRepository -Repository $repository
if ($failed) { throw "The nightly run had errors ($($failed.Count)); the first: $($failed[0])" }
