using System.Management.Automation;
using Portability.Engine.Files;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Shows the volumes of a machine's disks: file system, label, identity, place and mount point.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadVolume", DefaultParameterSetName = PathSet)]
[OutputType(typeof(WorkloadVolume))]
public sealed class GetWorkloadVolumeCommand : RepositoryCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string SnapshotSet = "Snapshot";

    /// <summary>Images of one machine.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.MachineImages)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Images of one machine, as written.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.MachineImagesLiteral)]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Snapshots.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SnapshotSet, ValueFromPipeline = true, HelpMessage = HelpText.Snapshot)]
    [SnapshotTransformation]
    public WorkloadSnapshot[] Snapshot { get; set; } = [];

    /// <summary>Parent images, or folders they lie in.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = HelpText.ParentPath)]
    [Parameter(ParameterSetName = LiteralPathSet, HelpMessage = HelpText.ParentPath)]
    [ValidateNotNullOrEmpty]
    public string[] ParentPath { get; set; } = [];

    /// <summary>Format of the images.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = HelpText.DiskFormat)]
    [Parameter(ParameterSetName = LiteralPathSet, HelpMessage = HelpText.DiskFormat)]
    public ImageFormat? Format { get; set; }

    /// <summary>Reads images that something has open.</summary>
    [Parameter(ParameterSetName = PathSet, HelpMessage = HelpText.AllowInUse)]
    [Parameter(ParameterSetName = LiteralPathSet, HelpMessage = HelpText.AllowInUse)]
    public SwitchParameter AllowInUse { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Snapshot.Length > 0)
        {
            foreach (WorkloadSnapshot snapshot in Snapshot)
            {
                Each(snapshot, () => List(new GuestSource { Snapshot = snapshot }, Live(Connected(snapshot))));
            }

            return;
        }

        bool isLiteral = LiteralPath.Length > 0;
        string[] given = isLiteral ? LiteralPath : Path;
        Each(string.Join(", ", given), () => List(GuestSources.OfImages(SessionState, given, isLiteral, ParentPath, Format, AllowInUse), null));
    }

    private void List(GuestSource source, RepositoryConnection? connection) => Run(async (sink, token) =>
    {
        await foreach (WorkloadVolume volume in new FileFacade().ListVolumesAsync(source, connection, sink, token).ConfigureAwait(false))
        {
            await sink.EmitAsync(volume, token).ConfigureAwait(false);
        }
    });
}
