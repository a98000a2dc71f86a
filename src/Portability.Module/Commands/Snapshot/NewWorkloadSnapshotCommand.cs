using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Captures a workload: all of its disks at one instant, and of them only what changed.</summary>
[Cmdlet(VerbsCommon.New, "WorkloadSnapshot", SupportsShouldProcess = true)]
[OutputType(typeof(WorkloadSnapshot))]
public sealed class NewWorkloadSnapshotCommand : LongRunningCmdlet
{
    /// <summary>Name of the workload.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Name)]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    [ValidateLength(1, 250)]
    public string Name { get; set; } = string.Empty;

    /// <summary>Disks needed to boot.</summary>
    [Parameter(HelpMessage = HelpText.BootDiskPath + " Those of the registration when omitted.")]
    [ValidateNotNullOrEmpty]
    public string[] BootDiskPath { get; set; } = [];

    /// <summary>All other disks.</summary>
    [Parameter(HelpMessage = HelpText.DataDiskPath + " Those of the registration when omitted.")]
    [ValidateNotNullOrEmpty]
    public string[] DataDiskPath { get; set; } = [];

    /// <summary>Disks whose partitions tell what they are needed for.</summary>
    [Parameter(HelpMessage = HelpText.DiskPath + " Those of the registration when omitted.")]
    [ValidateNotNullOrEmpty]
    public string[] DiskPath { get; set; } = [];

    /// <summary>Where parents of differencing disks are.</summary>
    [Parameter(HelpMessage = HelpText.ParentPath)]
    [ValidateNotNullOrEmpty]
    public string ParentPath { get; set; } = string.Empty;

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
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
    protected override void ProcessRecord() => Each(Name, () =>
    {
        WorkloadRepository repository = Connected(Repository);
        var options = new CaptureOptions
        {
            Name = Name,
            Disks = DiskArguments.Make(SessionState, BootDiskPath, DiskPath, DataDiskPath, ParentPath),
            Tag = Tag,
            Full = Full,
        };

        // Only those who ask what would happen pay for the estimate.
        string action = WantsPlan ? Describe(Run((sink, token) => new SnapshotFacade().PlanCaptureAsync(Live(repository), options, sink, token))) : "Capture";
        if (!ShouldProcess($"{Name} to {repository.Path}", action))
        {
            return;
        }

        Perform(Name, async (sink, token) =>
        {
            WorkloadSnapshot made = await new SnapshotFacade().CaptureAsync(Live(repository), options, sink, token).ConfigureAwait(false);
            await sink.EmitAsync(made with { Connection = repository.Connection }, token).ConfigureAwait(false);
        });
    });

    private static string Describe(SnapshotPlan plan) =>
        $"Capture, reading at most {ByteSize.Text(plan.BytesToRead)} of {ByteSize.Text(plan.LogicalBytes)}{Environment.NewLine}{string.Join(Environment.NewLine, plan.Lines())}";
}
