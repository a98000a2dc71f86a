#Requires -Version 7.6
#Requires -Modules WorkloadPortability

<#
.SYNOPSIS
    Proves that workloads can be restored: restores the newest snapshot of each into a scratch folder, checks it, and takes it away again.
.DESCRIPTION
    Emits one object for each workload, whether it passed or not. Every block is opened and compared with what was signed while it is
    restored; the restored images are opened again, must have the size that was captured, and must show no damage.
.PARAMETER RepositoryPath
    Folder of the repository.
.PARAMETER Passphrase
    Passphrase of the repository. Asked for when omitted.
.PARAMETER Name
    Workloads to try; all when omitted. Wildcards are accepted.
.PARAMETER ScratchPath
    Folder with room for the largest workload. What is made there is removed again.
.PARAMETER Format
    Format of the images.
.EXAMPLE
    ./RestoreDrill.ps1 -RepositoryPath D:\Vault -ScratchPath F:\Drill | Format-Table
.OUTPUTS
    System.Management.Automation.PSCustomObject
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory, Position = 0)] [string] $RepositoryPath,
    [securestring] $Passphrase = (Read-Host -Prompt "Passphrase of $RepositoryPath" -AsSecureString),
    [SupportsWildcards()] [string[]] $Name = '*',
    [Parameter(Mandatory)] [string] $ScratchPath,
    [ValidateSet('Raw', 'Vhd', 'Vhdx', 'Qcow2', 'Vmdk')] [string] $Format = 'Vhdx'
)

$repository = Connect-WorkloadRepository -Path $RepositoryPath -Passphrase $Passphrase -ErrorAction Stop
foreach ($snapshot in Get-WorkloadSnapshot -Repository $repository -Name $Name -Latest) {
    # A folder of its own: nothing that lies in the scratch folder is touched.
    $folder = Join-Path $ScratchPath $snapshot.Id
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $problem = $null
    $restored = @()
    try {
        $restored = @($snapshot | Restore-WorkloadImage -DestinationPath $folder -Format $Format -ErrorAction Stop)
        if ($restored.Count -ne $snapshot.Disks.Count) { throw "$($restored.Count) of $($snapshot.Disks.Count) disks were restored." }
        foreach ($disk in $restored) {
            $captured = $snapshot.Disks | Where-Object Number -EQ $disk.Number
            $shown = Get-WorkloadDisk -LiteralPath $disk.Path -ErrorAction Stop
            if ($shown.Length -lt $captured.Length) { throw "Disk $($disk.Number) has $($shown.Length) bytes; $($captured.Length) were captured." }
            if ($shown.Findings) { throw "Disk $($disk.Number) is damaged: $($shown.Findings -join '; ')" }
        }
    }
    catch { $problem = $_.Exception.Message }
    finally { Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction Ignore }
    [pscustomobject] @{
        Name        = $snapshot.Name
        Sequence    = $snapshot.Sequence
        CapturedUtc = $snapshot.CreatedUtc
        Passed      = -not $problem
        Disks       = $restored.Count
        Bytes       = [long] ($restored | Measure-Object -Property BytesWritten -Sum).Sum
        Seconds     = [math]::Round($clock.Elapsed.TotalSeconds, 1)
        Problem     = $problem
    }
}
Disconnect-WorkloadRepository -Repository $repository
