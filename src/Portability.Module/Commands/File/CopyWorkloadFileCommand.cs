using System.Management.Automation;
using Portability.Engine.Files;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Copies files of a guest to this system, straight out of images or a snapshot.</summary>
[Cmdlet(VerbsCommon.Copy, "WorkloadFile", DefaultParameterSetName = SnapshotSet, SupportsShouldProcess = true)]
[OutputType(typeof(WorkloadFileCopy))]
public sealed class CopyWorkloadFileCommand : GuestFileCmdlet
{
    private const string FileSet = "File";
    private readonly List<WorkloadFile> gathered = [];

    /// <summary>Files to copy.</summary>
    [Parameter(Mandatory = true, ParameterSetName = FileSet, ValueFromPipeline = true, HelpMessage = "File, as Get-WorkloadFile emits it.")]
    public WorkloadFile[] File { get; set; } = [];

    /// <summary>Where to.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "Folder to copy to, made when it does not exist; or, for one file, its new name.")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = string.Empty;

    /// <summary>Replaces what is there.</summary>
    [Parameter(HelpMessage = "Replace files that exist.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits what was copied.</summary>
    [Parameter(HelpMessage = "Emit one object for each file that was copied.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        gathered.AddRange(File);
        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // The disks of a machine are opened once for all its files.
        foreach (IGrouping<string, WorkloadFile> group in gathered.GroupBy(KeyOf, StringComparer.Ordinal))
        {
            WorkloadFile first = group.First();
            var files = new FileListOptions
            {
                Paths = [.. group.Select(file => new PathPattern(file.Path, isLiteral: true))],
                Recurse = Recurse,
                Volume = first.Volume.MountPoint.Length == 0 ? first.Volume : null,
            };
            Each(first, () => Handle(first, GuestSources.Of(first.Volume), files));
        }

        base.EndProcessing();
    }

    /// <inheritdoc/>
    private protected override void Handle(object target, GuestSource source, FileListOptions files)
    {
        string place = source.Snapshot?.ToString() ?? string.Join(", ", source.ImagePaths);
        var options = new FileCopyOptions { Files = files, Destination = FilePaths.Literal(SessionState, Destination), Force = Force };
        if (!ShouldProcess(options.Destination, $"Copy {string.Join(", ", files.Paths.Select(path => path.Text))} of {place}"))
        {
            return;
        }

        RepositoryConnection? connection = ConnectionOf(source);
        bool passThru = PassThru;
        Perform(target, (sink, token) => new FileFacade().CopyAsync(
            source, connection, options, async (copy, cancel) =>
            {
                if (passThru)
                {
                    await sink.EmitAsync(copy, cancel).ConfigureAwait(false);
                }
            }, sink, token));
    }

    // Files of one machine's tree belong together; those of a volume alone are found by its place.
    private static string KeyOf(WorkloadFile file) =>
        file.Volume.Snapshot.Id != Guid.Empty || file.Volume.ImagePath.Length > 0
            ? FormattableString.Invariant($"{file.Volume.Snapshot.Id}|{string.Join('|', file.Volume.ImagePath)}|{(file.Volume.MountPoint.Length == 0 ? file.Volume.ToString() : string.Empty)}")
            : string.Empty;
}
