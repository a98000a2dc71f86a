@{
    RootModule           = 'bin/Portability.Module.dll'
    RequiredAssemblies   = @('bin/Portability.Contracts.dll')
    ModuleVersion        = '0.1.0'
    GUID                 = '6d1c6a0e-3f3b-4c39-9d0b-8a4d1b5e7c21'
    Author               = 'WorkloadPortability contributors'
    CompanyName          = 'WorkloadPortability contributors'
    Copyright            = '(c) WorkloadPortability contributors. Apache-2.0.'
    Description          = 'Captures the disks of machines into a sealed, signed, deduplicated repository, ships only what changed, and restores any point in any format.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = @('Core')
    TypesToProcess       = @('bin/Formatting/Portability.types.ps1xml')
    FormatsToProcess     = @(
        'bin/Formatting/Disks.format.ps1xml'
        'bin/Formatting/Files.format.ps1xml'
        'bin/Formatting/Repositories.format.ps1xml'
        'bin/Formatting/Snapshots.format.ps1xml'
        'bin/Formatting/Workloads.format.ps1xml'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    CmdletsToExport      = @(
        'Add-WorkloadRepositoryKey'
        'Compare-WorkloadSnapshot'
        'Connect-WorkloadRepository'
        'Copy-WorkloadFile'
        'Disconnect-WorkloadRepository'
        'Get-Workload'
        'Get-WorkloadDisk'
        'Get-WorkloadFile'
        'Get-WorkloadRepository'
        'Get-WorkloadRepositoryKey'
        'Get-WorkloadSnapshot'
        'Get-WorkloadVolume'
        'New-WorkloadRepository'
        'New-WorkloadSnapshot'
        'Optimize-WorkloadRepository'
        'Register-Workload'
        'Remove-WorkloadRepositoryKey'
        'Remove-WorkloadSnapshot'
        'Restore-WorkloadImage'
        'Set-Workload'
        'Sync-WorkloadDelta'
        'Test-WorkloadRepository'
        'Test-WorkloadSnapshot'
        'Unregister-Workload'
    )
    PrivateData          = @{
        PSData = @{
            Tags       = @('backup', 'migration', 'disaster-recovery', 'vhdx', 'qcow2', 'vmdk', 'PSEdition_Core', 'Windows', 'Linux')
            LicenseUri = 'https://www.apache.org/licenses/LICENSE-2.0'
        }
    }
}
