using System.Management.Automation;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Base of the cmdlets that say what a workload is: its disks and its machine.</summary>
public abstract class WorkloadDefinitionCmdlet : RepositoryCmdlet
{
    /// <summary>Disks needed to boot.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.BootDiskPath)]
    [ValidateNotNullOrEmpty]
    public string[] BootDiskPath { get; set; } = [];

    /// <summary>All other disks.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.DataDiskPath)]
    [ValidateNotNullOrEmpty]
    public string[] DataDiskPath { get; set; } = [];

    /// <summary>Disks whose partitions tell what they are needed for.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.DiskPath)]
    [ValidateNotNullOrEmpty]
    public string[] DiskPath { get; set; } = [];

    /// <summary>Where parents of differencing disks are.</summary>
    [Parameter(HelpMessage = HelpText.ParentPath)]
    [ValidateNotNullOrEmpty]
    public string ParentPath { get; set; } = string.Empty;

    /// <summary>Format of the images.</summary>
    [Parameter(HelpMessage = HelpText.DiskFormat)]
    public ImageFormat? Format { get; set; }

    /// <summary>Memory, bytes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Memory)]
    [ValidateRange(1L << 20, 1L << 46)]
    public long Memory { get; set; }

    /// <summary>Virtual processors.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.ProcessorCount)]
    [ValidateRange(1, 4096)]
    public int ProcessorCount { get; set; }

    /// <summary>Firmware.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Firmware)]
    public FirmwareKind? Firmware { get; set; }

    /// <summary>Secure Boot.</summary>
    [Parameter(HelpMessage = HelpText.SecureBoot)]
    public SwitchParameter SecureBoot { get; set; }

    /// <summary>Trusted platform module.</summary>
    [Parameter(HelpMessage = HelpText.Tpm)]
    public SwitchParameter Tpm { get; set; }

    /// <summary>Network adapters.</summary>
    [Parameter(HelpMessage = HelpText.NetworkAdapter)]
    [ValidateNotNull]
    public MachineNetworkAdapter[] NetworkAdapter { get; set; } = [];

    /// <summary>What the parameters say of the machine; what is not given is left open.</summary>
    private protected MachineOptions Machine => new()
    {
        MemoryBytes = IsGiven(nameof(Memory)) ? Memory : null,
        ProcessorCount = IsGiven(nameof(ProcessorCount)) ? ProcessorCount : null,
        Firmware = Firmware,
        SecureBoot = IsGiven(nameof(SecureBoot)) ? SecureBoot.IsPresent : null,
        Tpm = IsGiven(nameof(Tpm)) ? Tpm.IsPresent : null,
        NetworkAdapters = IsGiven(nameof(NetworkAdapter)) ? NetworkAdapter : null,
    };

    /// <summary>Tells whether the user gave a parameter.</summary>
    /// <param name="parameter">Its name.</param>
    /// <returns>True if it was given, whatever its value.</returns>
    private protected bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
