using System.Management.Automation;
using Portability.Engine.Replication;
using Portability.Engine.Workloads;

namespace Portability.Module.Commands;

/// <summary>Brings a mirror up to date: sends what it lacks, verified on arrival, and emits the snapshots as they stand there.</summary>
[Cmdlet(VerbsData.Sync, "WorkloadDelta", SupportsShouldProcess = true, DefaultParameterSetName = RepositorySet)]
[OutputType(typeof(WorkloadSnapshot))]
public sealed class SyncWorkloadDeltaCommand : LongRunningCmdlet
{
    private const string RepositorySet = "Repository";
    private const string SnapshotSet = "Snapshot";

    private readonly List<WorkloadSnapshot> gathered = [];

    /// <summary>The repository to copy from.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RepositorySet, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Snapshots to copy.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = SnapshotSet, HelpMessage = "Snapshots to copy, as New- or Get-WorkloadSnapshot emit them.")]
    [SnapshotTransformation]
    public WorkloadSnapshot[] Snapshot { get; set; } = [];

    /// <summary>The mirror.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "Mirror: a repository, or a path that becomes one when it holds none.")]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Destination { get; set; } = new();

    /// <summary>Names of workloads.</summary>
    [Parameter(Position = 1, ParameterSetName = RepositorySet, HelpMessage = HelpText.NamePattern + " All when omitted.")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Runs from the side of the mirror.</summary>
    [Parameter(HelpMessage = "Run from the side of the mirror. Between directories the steps are the same.")]
    public SwitchParameter Pull { get; set; }

    /// <summary>Verifies what is there already too.</summary>
    [Parameter(HelpMessage = "Verify every object that the mirror holds already, not only what is sent, and repair what is damaged.")]
    public SwitchParameter VerifyAll { get; set; }

    /// <summary>Leaves key slots behind.</summary>
    [Parameter(HelpMessage = "Leave key slots behind: the mirror lists and verifies, and only who brings the secret from elsewhere reads it.")]
    public SwitchParameter WithoutKey { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Snapshot.Length > 0)
        {
            gathered.AddRange(Snapshot);
            return;
        }

        Each(Repository, () =>
        {
            WorkloadRepository origin = Connected(Repository);
            string[] names = Name.Length == 0 ? [] : Expand(origin);
            if (Name.Length == 0 || names.Length > 0)
            {
                Sync(origin, new SyncOptions { Destination = Destination.Path, Names = names, WithoutKey = WithoutKey, VerifyAll = VerifyAll, Pull = Pull }, names);
            }
        });
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // What came down the pipe from one repository is one sync.
        foreach (IGrouping<string, WorkloadSnapshot> group in gathered.GroupBy(snapshot => snapshot.RepositoryPath, StringComparer.Ordinal))
        {
            Each(group.First(), () =>
            {
                var options = new SyncOptions
                {
                    Destination = Destination.Path,
                    Snapshots = [.. group.Select(snapshot => snapshot.Id).Distinct()],
                    WithoutKey = WithoutKey,
                    VerifyAll = VerifyAll,
                    Pull = Pull,
                };
                Sync(Connected(group.First()), options, [.. group.Select(snapshot => snapshot.ToString()).Distinct(StringComparer.Ordinal)]);
            });
        }

        base.EndProcessing();
    }

    // A name without wildcards goes through as it is, so that one that is not there is an error of the engine.
    private string[] Expand(WorkloadRepository origin)
    {
        NamePatterns patterns = NamePatterns.Of(Name);
        List<string> names = [.. Name.Where(name => !WildcardPattern.ContainsWildcardCharacters(name))];
        Run(async (sink, token) =>
        {
            await foreach (Workload workload in new WorkloadFacade().GetAsync(Live(origin), patterns.Match, sink, token).ConfigureAwait(false))
            {
                names.Add(workload.Name);
            }
        });
        return [.. names.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private void Sync(WorkloadRepository origin, SyncOptions options, string[] what)
    {
        string action = what.Length == 0 ? "Sync every workload" : $"Sync {string.Join(", ", what)}";
        if (!ShouldProcess($"{origin.Path} to {Destination.Path}", action))
        {
            return;
        }

        SessionConnections session = Connections;
        Perform(origin, async (sink, token) =>
        {
            SyncResult result = await new SyncFacade().SyncAsync(Live(origin), options, sink, token).ConfigureAwait(false);
            session.Keep(result.Destination);
            sink.OnVerbose(FormattableString.Invariant(
                $"Sent {result.ObjectsSent} objects, {ByteSize.Text(result.BytesSent)}; {result.ObjectsRepaired} objects repaired."));
            foreach (WorkloadSnapshot snapshot in result.Snapshots)
            {
                await sink.EmitAsync(snapshot with { Connection = result.Destination }, token).ConfigureAwait(false);
            }
        });
    }
}
