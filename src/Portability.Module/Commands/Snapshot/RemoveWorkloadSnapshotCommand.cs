using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Removes snapshots, or gives up one whose manifest does not read. No other snapshot is rewritten; space comes back with Optimize-WorkloadRepository.</summary>
[Cmdlet(VerbsCommon.Remove, "WorkloadSnapshot", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = SnapshotSet)]
[OutputType(typeof(void), typeof(WorkloadSnapshot))]
public sealed class RemoveWorkloadSnapshotCommand : LongRunningCmdlet
{
    private const string SnapshotSet = "Snapshot";
    private const string DamagedSet = "Damaged";

    /// <summary>Snapshots that a question or a line of -WhatIf names one by one; of more it tells the first and the last.</summary>
    private const int NamedOneByOne = 8;

    private readonly List<WorkloadSnapshot> gathered = [];

    /// <summary>The snapshots.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = SnapshotSet, HelpMessage = HelpText.Snapshot)]
    [SnapshotTransformation]
    public WorkloadSnapshot[] Snapshot { get; set; } = [];

    /// <summary>Gives up a snapshot whose manifest does not read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DamagedSet, HelpMessage = "Give up a snapshot whose manifest does not read and that no mirror repairs.")]
    public SwitchParameter Damaged { get; set; }

    /// <summary>The repository.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DamagedSet, HelpMessage = HelpText.Repository)]
    [RepositoryTransformation]
    [ArgumentCompleter(typeof(RepositoryCompleter))]
    public WorkloadRepository Repository { get; set; } = new();

    /// <summary>Name of the workload.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DamagedSet, HelpMessage = "Name of the workload, or its identifier as the error CannotCollect tells it.")]
    [ArgumentCompleter(typeof(WorkloadNameCompleter))]
    [ValidateLength(1, 250)]
    public string Name { get; set; } = string.Empty;

    /// <summary>Numbers of the damaged snapshots.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DamagedSet, HelpMessage = "Number of the snapshot in its workload.")]
    [ValidateRange(1, long.MaxValue)]
    public long[] Sequence { get; set; } = [];

    /// <summary>Emits what was removed.</summary>
    [Parameter(ParameterSetName = SnapshotSet, HelpMessage = HelpText.PassThru)]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => gathered.AddRange(Snapshot);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Damaged)
        {
            Each(Name, GiveUp);
        }

        // One question a workload, however many of its snapshots come down the pipe.
        foreach (IGrouping<(string, Guid, Guid), WorkloadSnapshot> group in gathered
            .DistinctBy(snapshot => (snapshot.RepositoryPath, snapshot.RepositoryId, snapshot.Id))
            .GroupBy(snapshot => (snapshot.RepositoryPath, snapshot.RepositoryId, snapshot.WorkloadId)))
        {
            Each(group.First(), () => Remove([.. group.OrderBy(snapshot => snapshot.Sequence)]));
        }

        base.EndProcessing();
    }

    private void Remove(WorkloadSnapshot[] snapshots)
    {
        WorkloadRepository repository = Connected(snapshots[0]);
        if (!ShouldProcess($"{snapshots[0].Name} in {repository.Path}", Describe(snapshots)))
        {
            return;
        }

        bool passThru = PassThru;
        Perform(snapshots[0], async (sink, token) =>
        {
            for (int done = 0; done < snapshots.Length; done++)
            {
                WorkloadSnapshot snapshot = snapshots[done];
                sink.OnProgress(new OperationProgress(
                    $"Removing snapshots of {snapshot.Name}", FormattableString.Invariant($"{done} of {snapshots.Length}"), 0, 0));
                try
                {
                    await new SnapshotFacade().RemoveAsync(Live(repository), snapshot, sink, token).ConfigureAwait(false);
                }
                catch (PortabilityException error)
                {
                    await sink.FailAsync(ErrorRecords.From(error, snapshot), token).ConfigureAwait(false);
                    continue;
                }

                if (passThru)
                {
                    await sink.EmitAsync(snapshot, token).ConfigureAwait(false);
                }
            }
        });
    }

    private void GiveUp()
    {
        WorkloadRepository repository = Connected(Repository);
        string numbers = string.Join(", ", Sequence.Select(number => FormattableString.Invariant($"#{number}")));
        if (!ShouldProcess($"{Name} in {repository.Path}", $"Give up damaged snapshot {numbers}; what it alone needs goes with Optimize-WorkloadRepository"))
        {
            return;
        }

        (string name, long[] given) = (Name, Sequence);
        Perform(name, async (sink, token) =>
        {
            foreach (long number in given)
            {
                try
                {
                    await new SnapshotFacade().RemoveDamagedAsync(Live(repository), name, number, sink, token).ConfigureAwait(false);
                }
                catch (PortabilityException error)
                {
                    await sink.FailAsync(ErrorRecords.From(error, name), token).ConfigureAwait(false);
                }
            }
        });
    }

    private static string Describe(WorkloadSnapshot[] snapshots)
    {
        string[] told = [.. snapshots.Select(snapshot => FormattableString.Invariant($"#{snapshot.Sequence} of {snapshot.CreatedUtc:yyyy-MM-dd HH:mm} UTC"))];
        return snapshots.Length switch
        {
            1 => $"Remove snapshot {told[0]}",
            <= NamedOneByOne => $"Remove {snapshots.Length} snapshots: {string.Join(", ", told)}",
            _ => $"Remove {snapshots.Length} snapshots, {told[0]} to {told[^1]}",
        };
    }
}
