using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Shows snapshots of a repository, oldest first.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadSnapshot", DefaultParameterSetName = NameSet)]
[OutputType(typeof(WorkloadSnapshot))]
public sealed class GetWorkloadSnapshotCommand : RepositoryCmdlet
{
    private const string NameSet = "Name";
    private const string IdSet = "Id";

    /// <summary>Names of workloads; wildcards are accepted.</summary>
    [Parameter(Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.NamePattern + " All when omitted.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, HelpMessage = HelpText.Repository)]
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
    public SwitchParameter Latest { get; set; }

    /// <summary>Only those captured before.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only snapshots captured before this time; local time unless it says otherwise.")]
    public DateTime? Before { get; set; }

    /// <summary>Only those captured after.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only snapshots captured after this time; local time unless it says otherwise.")]
    public DateTime? After { get; set; }

    /// <summary>Only those with a tag.</summary>
    [Parameter(ParameterSetName = NameSet, HelpMessage = "Show only snapshots that have one of these tags. Wildcards are accepted.")]
    [SupportsWildcards]
    public string[] Tag { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => Each(Repository, () =>
    {
        WorkloadRepository repository = Connected(Repository);
        NamePatterns names = NamePatterns.Of(Name);
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
        Run(async (sink, token) =>
        {
            await foreach (WorkloadSnapshot snapshot in new SnapshotFacade().ListAsync(Live(repository), query, sink, token).ConfigureAwait(false))
            {
                await sink.EmitAsync(snapshot with { Connection = repository.Connection }, token).ConfigureAwait(false);
            }
        });
    });
}
