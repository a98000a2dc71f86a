using System.Management.Automation;
using Portability.Engine.Restore;

namespace Portability.Module.Commands;

/// <summary>Restores the disks of a snapshot as images, or onto a block device.</summary>
[Cmdlet(VerbsData.Restore, "WorkloadImage", SupportsShouldProcess = true)]
[OutputType(typeof(RestoredDisk))]
public sealed class RestoreWorkloadImageCommand : LongRunningCmdlet
{
    /// <summary>The snapshot.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Snapshot)]
    [SnapshotTransformation]
    public WorkloadSnapshot[] Snapshot { get; set; } = [];

    /// <summary>Folder of the images, or a block device.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "Folder for the images, made when it does not exist; or a block device, for one disk.")]
    [ValidateNotNullOrEmpty]
    public string DestinationPath { get; set; } = string.Empty;

    /// <summary>Format of the images.</summary>
    [Parameter(HelpMessage = "Format of the images: Raw, Vhd, Vhdx, Qcow2 or Vmdk. Vhdx when omitted. A block device takes the bytes as they are.")]
    public ImageFormat Format { get; set; } = ImageFormat.Vhdx;

    /// <summary>Variant of the format.</summary>
    [Parameter(HelpMessage = "Variant of VHD and VHDX: Dynamic, which grows, or Fixed, which has its full size. Dynamic when omitted.")]
    [ArgumentCompleter(typeof(SubFormatCompleter))]
    [ValidateNotNullOrEmpty]
    public string? SubFormat { get; set; }

    /// <summary>Boot set, data set, or both.</summary>
    [Parameter(HelpMessage = "Restore the disks needed to boot (Boot), or all others (Data). Both when omitted.")]
    public DiskRole? Role { get; set; }

    /// <summary>Numbers of disks.</summary>
    [Parameter(HelpMessage = "Numbers of the disks to restore. All when omitted.")]
    [ValidateRange(0, 1023)]
    public int[] DiskNumber { get; set; } = [];

    /// <summary>Replaces what is there.</summary>
    [Parameter(HelpMessage = "Replace images that exist, or overwrite a block device. The old image stays until the new one is whole.")]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (WorkloadSnapshot snapshot in Snapshot)
        {
            Each(snapshot, () => Restore(snapshot));
        }
    }

    private void Restore(WorkloadSnapshot snapshot)
    {
        WorkloadRepository repository = Connected(snapshot);
        var options = new RestoreOptions
        {
            Snapshot = snapshot,
            DestinationPath = FilePaths.Literal(SessionState, DestinationPath),
            Format = Format,
            SubFormat = SubFormat,
            Role = Role,
            DiskNumbers = DiskNumber,
            Force = Force,
        };
        string action = RestoreFacade.Overwrites(options.DestinationPath) ? $"Overwrite the whole device with {snapshot}" : $"Restore {snapshot} as {Format}";
        if (ShouldProcess(options.DestinationPath, action))
        {
            Perform(snapshot, async (sink, token) =>
            {
                foreach (RestoredDisk disk in await new RestoreFacade().RestoreAsync(Live(repository), options, sink, token).ConfigureAwait(false))
                {
                    await sink.EmitAsync(disk, token).ConfigureAwait(false);
                }
            });
        }
    }
}
