using System.Management.Automation;
using Portability.Engine.Disks;

namespace Portability.Module.Commands;

/// <summary>Shows what a disk image or device is: format, size, sectors, partitions, holes, identity.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadDisk", DefaultParameterSetName = PathSet)]
[OutputType(typeof(WorkloadDisk))]
public sealed class GetWorkloadDiskCommand : PortabilityCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";

    /// <summary>Images or devices; wildcards are accepted.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = "Path of a disk image or block device. Wildcards are accepted.")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Images or devices, as written.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true, HelpMessage = "Path of a disk image or block device, taken as it is written.")]
    [Alias("PSPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Parent images, or folders they lie in.</summary>
    [Parameter(HelpMessage = "Parent images of a differencing disk, or folders they lie in, tried before the places that the image names.")]
    [ValidateNotNullOrEmpty]
    public string[] ParentPath { get; set; } = [];

    /// <summary>Format's name.</summary>
    [Parameter(HelpMessage = "Format of the image: Raw, Vhd, Vhdx, Qcow2 or Vmdk. Detected from its bytes when omitted.")]
    public ImageFormat? Format { get; set; }

    /// <summary>Reads an image that something has open.</summary>
    [Parameter(HelpMessage = "Read an image that another program has open. What is shown may not be one state of the disk.")]
    public SwitchParameter AllowInUse { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool isLiteral = LiteralPath.Length > 0;
        foreach (string given in isLiteral ? LiteralPath : Path)
        {
            try
            {
                IReadOnlyList<string> files = isLiteral ? [FilePaths.Literal(SessionState, given)] : FilePaths.Resolve(SessionState, given);
                foreach (string file in files)
                {
                    Describe(file);
                }
            }
            catch (Exception error) when (IsReportable(error))
            {
                WriteItemError(error, given);
            }
        }
    }

    private void Describe(string file)
    {
        string[] parents = [.. ParentPath.Select(parent => FilePaths.Parent(SessionState, parent))];
        ImageFormat? format = Format;
        bool allowInUse = AllowInUse;
        Run(async (sink, token) =>
        {
            var options = new DiskInspectionOptions { Format = format, ParentPaths = parents, AllowInUse = allowInUse };
            WorkloadDisk disk = await DiskInspection.DescribeAsync(file, options, sink, token).ConfigureAwait(false);
            await sink.EmitAsync(disk, token).ConfigureAwait(false);
        });
    }
}
