using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Captures a workload: all of its disks at one instant, and of them only what changed.</summary>
[Cmdlet(VerbsCommon.New, "WorkloadSnapshot", SupportsShouldProcess = true)]
[OutputType(typeof(WorkloadSnapshot))]
public sealed class NewWorkloadSnapshotCommand : LongRunningCmdlet
{
    private const string NameSet = "Name";
    private const string WorkloadSet = "Workload";

    /// <summary>Name of the workload.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Name)]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    [ValidateLength(1, 250)]
    public string Name { get; set; } = string.Empty;

    /// <summary>The workload; it is captured into the repository that it came from.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = WorkloadSet, HelpMessage = HelpText.Workload + " It is captured into the repository that it came from.")]
    public Workload Workload { get; set; } = new();

    /// <summary>Disks needed to boot.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.BootDiskPath + " Those of the registration when omitted.")]
    [ValidateNotNullOrEmpty]
    public string[] BootDiskPath { get; set; } = [];

    /// <summary>All other disks.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.DataDiskPath + " Those of the registration when omitted.")]
    [ValidateNotNullOrEmpty]
    public string[] DataDiskPath { get; set; } = [];

    /// <summary>Disks whose partitions tell what they are needed for.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.DiskPath + " Those of the registration when omitted.")]
    [ValidateNotNullOrEmpty]
    public string[] DiskPath { get; set; } = [];

    /// <summary>Where parents of differencing disks are.</summary>
    [Parameter(HelpMessage = HelpText.ParentPath)]
    [ValidateNotNullOrEmpty]
    public string ParentPath { get; set; } = string.Empty;

    /// <summary>Format of the images.</summary>
    [Parameter(HelpMessage = HelpText.DiskFormat)]
    public ImageFormat? Format { get; set; }

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [Alias("RepositoryPath")]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Words to find the snapshot by.</summary>
    [Parameter(HelpMessage = "Words to find the snapshot by, such as nightly.")]
    [ValidateNotNullOrEmpty]
    public string[] Tag { get; set; } = [];

    /// <summary>Reads everything.</summary>
    [Parameter(HelpMessage = "Read the disks in full, whatever is known of what changed. Nothing is stored twice.")]
    public SwitchParameter Full { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        bool isObject = string.Equals(ParameterSetName, WorkloadSet, StringComparison.Ordinal);
        string name = isObject ? Workload.Name : Name;
        Each(name, () => Capture(name, isObject ? Connected(Workload) : Connected(Repository)));
    }

    private void Capture(string name, WorkloadRepository repository)
    {
        var options = new CaptureOptions
        {
            Name = name,
            Disks = DiskArguments.Make(SessionState, BootDiskPath, DiskPath, DataDiskPath, ParentPath, Format),
            Format = Format?.ToString() ?? string.Empty,
            ParentPath = ParentPath.Length == 0 ? string.Empty : FilePaths.Parent(SessionState, ParentPath),
            Tag = Tag,
            Full = Full,
        };

        // Only those who ask what would happen pay for the estimate.
        string action = WantsPlan ? Describe(Run((sink, token) => new SnapshotFacade().PlanCaptureAsync(Live(repository), options, sink, token))) : "Capture";
        if (!ShouldProcess($"{name} to {repository.Path}", action))
        {
            return;
        }

        Perform(name, async (sink, token) =>
        {
            WorkloadSnapshot made = await new SnapshotFacade().CaptureAsync(Live(repository), options, sink, token).ConfigureAwait(false);
            await sink.EmitAsync(made with { Connection = repository.Connection }, token).ConfigureAwait(false);
        });
    }

    private static string Describe(SnapshotPlan plan) =>
        $"Capture, reading at most {ByteSize.Text(plan.BytesToRead)} of {ByteSize.Text(plan.LogicalBytes)}{Environment.NewLine}{string.Join(Environment.NewLine, plan.Lines())}";
}
