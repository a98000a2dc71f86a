using System.Management.Automation;
using Portability.Engine.Files;
using Portability.Engine.Repositories;

namespace Portability.Module;

/// <summary>Base of cmdlets that work on files of a guest: in images, in a snapshot or on a volume.</summary>
public abstract class GuestFileCmdlet : LongRunningCmdlet
{
    private protected const string ImageSet = "ImagePath";
    private protected const string SnapshotSet = "Snapshot";
    private protected const string VolumeSet = "Volume";

    /// <summary>Paths in the guest.</summary>
    [Parameter(Position = 0, ParameterSetName = ImageSet, HelpMessage = HelpText.GuestPath)]
    [Parameter(Position = 0, ParameterSetName = SnapshotSet, HelpMessage = HelpText.GuestPath)]
    [Parameter(Position = 0, ParameterSetName = VolumeSet, HelpMessage = HelpText.GuestPath)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Paths in the guest, as written.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = HelpText.GuestPathLiteral)]
    [Parameter(ParameterSetName = SnapshotSet, HelpMessage = HelpText.GuestPathLiteral)]
    [Parameter(ParameterSetName = VolumeSet, HelpMessage = HelpText.GuestPathLiteral)]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Images of one machine.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ImageSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.MachineImages)]
    [ValidateNotNullOrEmpty]
    public string[] ImagePath { get; set; } = [];

    /// <summary>Snapshots.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SnapshotSet, ValueFromPipeline = true, HelpMessage = HelpText.Snapshot)]
    [SnapshotTransformation]
    public WorkloadSnapshot[] Snapshot { get; set; } = [];

    /// <summary>Volumes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = VolumeSet, ValueFromPipeline = true, HelpMessage = "Volume, as Get-WorkloadVolume emits it. Paths are then those in the volume.")]
    public WorkloadVolume[] Volume { get; set; } = [];

    /// <summary>Everything below.</summary>
    [Parameter(HelpMessage = "Go down into directories.")]
    public SwitchParameter Recurse { get; set; }

    /// <summary>Parent images, or folders they lie in.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = HelpText.ParentPath)]
    [ValidateNotNullOrEmpty]
    public string[] ParentPath { get; set; } = [];

    /// <summary>Format of the images.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = HelpText.DiskFormat)]
    public ImageFormat? Format { get; set; }

    /// <summary>Reads images that something has open.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = HelpText.AllowInUse)]
    public SwitchParameter AllowInUse { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (WorkloadSnapshot snapshot in Snapshot)
        {
            Each(snapshot, () => Handle(snapshot, new GuestSource { Snapshot = snapshot }, Files(null)));
        }

        foreach (WorkloadVolume volume in Volume)
        {
            Each(volume, () => Handle(volume, GuestSources.Of(volume), Files(volume)));
        }

        if (ImagePath.Length > 0)
        {
            Each(string.Join(", ", ImagePath), () => Handle(ImagePath[0], GuestSources.OfImages(SessionState, ImagePath, isLiteral: false, ParentPath, Format, AllowInUse), Files(null)));
        }
    }

    /// <summary>Works on the files of a source.</summary>
    /// <param name="target">What the error record shows.</param>
    /// <param name="source">The machine's disks.</param>
    /// <param name="files">Which files.</param>
    private protected abstract void Handle(object target, GuestSource source, FileListOptions files);

    /// <summary>The connection that a source is read by; null for images.</summary>
    /// <param name="source">The source.</param>
    private protected RepositoryConnection? ConnectionOf(GuestSource source) => source.Snapshot is { } snapshot ? Live(Connected(snapshot)) : null;

    private FileListOptions Files(WorkloadVolume? volume) => new()
    {
        Paths = Path.Length + LiteralPath.Length == 0
            ? [new PathPattern("/", isLiteral: true)]
            : [.. Path.Select(path => new PathPattern(path, isLiteral: false)), .. LiteralPath.Select(path => new PathPattern(path, isLiteral: true))],
        Recurse = Recurse,
        Volume = volume,
    };
}
