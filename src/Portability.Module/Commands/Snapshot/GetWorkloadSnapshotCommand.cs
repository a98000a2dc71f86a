using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Shows snapshots of a repository, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadSnapshot")]
[OutputType(typeof(WorkloadSnapshot))]
public sealed class GetWorkloadSnapshotCommand : RepositoryCmdlet
{
    private const string NameSet = "Name";
    private const string IdSet = "Id";
    private const string WorkloadSet = "Workload";
    private const string ListAll = "List what is there with Get-WorkloadSnapshot and -Repository alone.";

    /// <summary>Names of workloads; wildcards are accepted.</summary>
    [Parameter(Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.NamePattern + " All when omitted.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Workloads, in the repository that they came from.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = WorkloadSet, HelpMessage = "Workloads, as Register- or Get-Workload emit them.")]
    public Workload[] Workload { get; set; } = [];

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [Parameter(Mandatory = true, ParameterSetName = IdSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
    [Alias("RepositoryPath")]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Identifiers of snapshots.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet, HelpMessage = "Identifiers of snapshots.")]
    [ArgumentCompleter(typeof(SnapshotIdCompleter))]
    public Guid[] Id { get; set; } = [];

    /// <summary>Only the newest of each workload.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only the newest snapshot of each workload, of those that the other parameters leave.")]
    [Parameter(ParameterSetName = WorkloadSet, HelpMessage = "Show only the newest snapshot of each workload, of those that the other parameters leave.")]
    public SwitchParameter Latest { get; set; }

    /// <summary>Only those captured before.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only snapshots captured before this time; local time unless it says otherwise.")]
    [Parameter(ParameterSetName = WorkloadSet, HelpMessage = "Show only snapshots captured before this time; local time unless it says otherwise.")]
    public DateTime? Before { get; set; }

    /// <summary>Only those captured after.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only snapshots captured after this time; local time unless it says otherwise.")]
    [Parameter(ParameterSetName = WorkloadSet, HelpMessage = "Show only snapshots captured after this time; local time unless it says otherwise.")]
    public DateTime? After { get; set; }

    /// <summary>Only those with a tag.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only snapshots that have one of these tags. Wildcards are accepted.")]
    [Parameter(ParameterSetName = WorkloadSet, HelpMessage = "Show only snapshots that have one of these tags. Wildcards are accepted.")]
    [SupportsWildcards]
    public string[] Tag { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!string.Equals(ParameterSetName, WorkloadSet, StringComparison.Ordinal))
        {
            Each(Repository, () => Show(Connected(Repository), Name, hasToBeThere: true));
            return;
        }

        // A workload that is registered and was not captured yet has no snapshots, and that is no error.
        foreach (Workload workload in Workload)
        {
            Each(workload, () => Show(Connected(workload), [WildcardPattern.Escape(workload.Name)], hasToBeThere: false));
        }
    }

    private void Show(WorkloadRepository repository, string[] wanted, bool hasToBeThere)
    {
        NamePatterns names = NamePatterns.Of(wanted);
        NamePatterns tags = NamePatterns.Of(Tag);
        var query = new SnapshotListOptions
        {
            Ids = Id,
            NameFilter = names.Match,
            Latest = Latest,
            Before = Before?.ToUniversalTime(),
            After = After?.ToUniversalTime(),
            TagFilter = Tag.Length == 0 ? null : tags.Match,
        };
        var missing = new HashSet<Guid>(Id);
        Run(async (sink, token) =>
        {
            await foreach (WorkloadSnapshot snapshot in new SnapshotFacade().ListAsync(Live(repository), query, sink, token).ConfigureAwait(false))
            {
                missing.Remove(snapshot.Id);
                await sink.EmitAsync(snapshot with { Connection = repository.Connection }, token).ConfigureAwait(false);
            }
        });
        if (hasToBeThere)
        {
            WriteMissing(names.Missing, "SnapshotNotFound", "snapshots of workload", repository.Path, ListAll);
            WriteMissing(missing.Select(id => id.ToString("D")), "SnapshotNotFound", "snapshot", repository.Path, ListAll);
        }
    }
}
