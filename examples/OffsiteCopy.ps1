#Requires -Version 7.6
#Requires -Modules WorkloadPortability

<#
.SYNOPSIS
    Keeps a second copy elsewhere: sends what it lacks, then proves there, without any key, that everything is whole.
.DESCRIPTION
    Needs no passphrase: what travels is sealed, and the copy is verified by signatures alone. Cut off anywhere, the next run goes on.
    Damage at the copy is repaired on the way. Emits one test result for each workload, read from the copy.
.PARAMETER RepositoryPath
    Folder of the repository.
.PARAMETER DestinationPath
    Folder of the copy, such as a share at another site. Made when it does not exist.
.PARAMETER Name
    Workloads to copy; all when omitted. Wildcards are accepted.
.PARAMETER Fingerprint
    Fingerprint of the owner. Needed once on a machine that never connected to the repository.
.PARAMETER WithoutKey
    Leave the key slots behind: whoever holds the copy cannot even try passphrases on it.
.EXAMPLE
    ./OffsiteCopy.ps1 -RepositoryPath D:\Vault -DestinationPath \\dr\vault -Name web*
.OUTPUTS
    Portability.SnapshotTestResult
#>
[CmdletBinding()]
[OutputType('Portability.SnapshotTestResult')]
param(
    [Parameter(Mandatory, Position = 0)] [string] $RepositoryPath,
    [Parameter(Mandatory, Position = 1)] [string] $DestinationPath,
    [SupportsWildcards()] [string[]] $Name = '*',
    [string] $Fingerprint,
    [switch] $WithoutKey
)

$ErrorActionPreference = 'Stop'
$owner = @{}
if ($Fingerprint) { $owner.Fingerprint = $Fingerprint }
$repository = Connect-WorkloadRepository -Path $RepositoryPath @owner
$sent = Sync-WorkloadDelta -Repository $repository -Destination $DestinationPath -Name $Name -WithoutKey:$WithoutKey
$newest = $sent | Group-Object Name | ForEach-Object { $_.Group | Sort-Object Sequence | Select-Object -Last 1 }
$results = @($newest | Test-WorkloadSnapshot -Detailed)
$results
$broken = @($results | Where-Object { -not $_.IsHealthy })
if ($broken) { throw "The copy at $DestinationPath is not whole: $($broken.Name -join ', '). Run again with Sync-WorkloadDelta -VerifyAll to repair it." }
