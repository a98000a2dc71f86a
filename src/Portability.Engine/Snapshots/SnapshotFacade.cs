using System.Runtime.CompilerServices;
using Portability.Disks.Formats;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Snapshots.Comparison;
using Portability.Repository.Maintenance;
using Portability.Repository.Workloads;

namespace Portability.Engine.Snapshots;

/// <summary>Captures, lists and looks after snapshots. Thread-safe.</summary>
public sealed class SnapshotFacade
{
    private readonly DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault();

    /// <summary>Says what a capture would read; changes nothing.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">What would be captured.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">As <see cref="CaptureAsync"/>, as far as reading is concerned.</exception>
    public async Task<SnapshotPlan> PlanCaptureAsync(
        RepositoryConnection connection, CaptureOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        CaptureSubject subject = await CaptureSubject.OpenAsync(registry, connection, options, observer, cancellationToken).ConfigureAwait(false);
        await using (subject.ConfigureAwait(false))
        {
            var catalog = new SnapshotCatalog(connection, observer);
            WorkloadListing listing = await catalog.ListAsync(subject.Workload, cancellationToken).ConfigureAwait(false);
            subject.Follow(connection, await catalog.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false));
            return await SnapshotPlanner.PlanAsync(subject, connection.Opened.Configuration.BlockSize, options.Full, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Captures the disks of a workload as one snapshot. Cut off anywhere, it leaves the snapshots before as they are.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">What is captured.</param>
    /// <param name="observer">Hears of progress and of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call; before the commit nothing is visible, behind it has no effect.</param>
    /// <exception cref="PortabilityException">
    /// `DiskInUse`, `SourceChanged`, `SourceVanished`, `WorkloadNotRegistered`, `SnapshotNumberTaken`, `SignerNotAdmitted`, `KeyRequired`, or reading or writing failed.
    /// </exception>
    public async Task<WorkloadSnapshot> CaptureAsync(
        RepositoryConnection connection, CaptureOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        CaptureSubject subject = await CaptureSubject.OpenAsync(registry, connection, options, observer, cancellationToken).ConfigureAwait(false);
        await using (subject.ConfigureAwait(false))
        {
            CatalogEntry committed = await new SnapshotRunner(connection, subject, options, observer).RunAsync(cancellationToken).ConfigureAwait(false);
            return SnapshotDescription.Of(connection, committed);
        }
    }

    /// <summary>Lists snapshots, by name of the workload and ascending by number.</summary>
    /// <param name="connection">The repository; without a secret paths and machines are not shown.</param>
    /// <param name="options">Which ones.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or a record is damaged.</exception>
    public async IAsyncEnumerable<WorkloadSnapshot> ListAsync(
        RepositoryConnection connection, SnapshotListOptions options, IOperationObserver observer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        var catalog = new SnapshotCatalog(connection, observer);
        foreach ((WorkloadListing listing, CatalogEntry newest) in await WantedAsync(connection, catalog, options, observer, cancellationToken).ConfigureAwait(false))
        {
            if (options.Latest && IsWanted(newest, options))
            {
                yield return SnapshotDescription.Of(connection, newest);
                continue;
            }

            WorkloadSnapshot? latest = null;
            await foreach (WorkloadSnapshot snapshot in catalog.ReadAsync(
                listing, entry => IsWanted(entry, options) ? SnapshotDescription.Of(connection, entry) : null, cancellationToken).ConfigureAwait(false))
            {
                if (options.Latest)
                {
                    latest = snapshot;
                    continue;
                }

                yield return snapshot;
            }

            if (latest is not null)
            {
                yield return latest;
            }
        }
    }

    /// <summary>Lists the extents in which two snapshots differ, by disk and ascending. Costs what differs.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="options">Which two.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">`KeyRequired`, `SnapshotNotFound`, `WorkloadsNotComparable`, or a map is damaged.</exception>
    public async IAsyncEnumerable<SnapshotDifference> CompareAsync(
        RepositoryConnection connection, CompareOptions options, IOperationObserver observer, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        var catalog = new SnapshotCatalog(connection, observer);
        CatalogEntry before = await GetAsync(catalog, options.Reference, cancellationToken).ConfigureAwait(false);
        CatalogEntry after = await GetAsync(catalog, options.Difference, cancellationToken).ConfigureAwait(false);
        using var comparison = new SnapshotComparison(connection, before, after);
        await foreach (SnapshotDifference extent in comparison.RunAsync(options.DiskNumbers, cancellationToken).ConfigureAwait(false))
        {
            yield return extent;
        }
    }

    /// <summary>Removes a snapshot. No other is rewritten; space comes back with the next <see cref="RepositoryFacade.OptimizeAsync"/>.</summary>
    /// <param name="connection">The repository; a key is not needed, the right to remove or the store's own key is.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="observer">Hears where a reader holds on to it.</param>
    /// <param name="cancellationToken">Cancels the call; the snapshot is removed or not.</param>
    /// <exception cref="PortabilityException">`SnapshotNotFound`, `SnapshotPinned` (names who reads it), `SignerNotAdmitted`.</exception>
    public async Task RemoveAsync(
        RepositoryConnection connection, WorkloadSnapshot snapshot, IOperationObserver observer, CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        CatalogEntry entry = await GetAsync(new SnapshotCatalog(connection, observer), snapshot, cancellationToken).ConfigureAwait(false);
        RemoveOutcome outcome = await new SnapshotRemover(connection.Opened).RemoveAsync(entry.Record, "removed by request", cancellationToken).ConfigureAwait(false);
        if (outcome == RemoveOutcome.RemovedWhileRead)
        {
            observer.OnWarning($"{snapshot} is removed, but somebody began to read it in the same moment: its objects go with Optimize-WorkloadRepository when that has ended.");
        }
    }

    /// <summary>Gives up a snapshot whose manifest does not read and that no mirror repairs, so that the rest can be optimised again.</summary>
    /// <param name="connection">The repository; a key is not needed, the right to remove or the store's own key is.</param>
    /// <param name="name">Name of the workload, or its identifier.</param>
    /// <param name="number">Number of the snapshot.</param>
    /// <param name="observer">Hears where a reader holds on to it.</param>
    /// <param name="cancellationToken">Cancels the call; the snapshot is given up or not.</param>
    /// <exception cref="PortabilityException">`SnapshotNotFound`, `SnapshotNotDamaged`, `SnapshotPinned` (names who), `SignerNotAdmitted`.</exception>
    public async Task RemoveDamagedAsync(
        RepositoryConnection connection, string name, long number, IOperationObserver observer, CancellationToken cancellationToken)
    {
        await connection.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        Guid workload = Guid.TryParse(name, out Guid id) ? id : WorkloadIdentity.IdOf(connection.Opened.Id, name);
        RemoveOutcome outcome = await new SnapshotRemover(connection.Opened)
            .RemoveDamagedAsync(workload, number, name, "given up as damaged", cancellationToken).ConfigureAwait(false);
        if (outcome == RemoveOutcome.RemovedWhileRead)
        {
            observer.OnWarning(FormattableString.Invariant($"{name}#{number} is given up, but somebody began to read in the same moment: it goes with Optimize-WorkloadRepository when that has ended."));
        }
    }

    private static Task<CatalogEntry> GetAsync(SnapshotCatalog catalog, WorkloadSnapshot snapshot, CancellationToken cancellationToken) =>
        catalog.GetAsync(snapshot.WorkloadId, snapshot.Sequence, snapshot.Id, cancellationToken);

    private static async Task<IReadOnlyList<(WorkloadListing Listing, CatalogEntry Newest)>> WantedAsync(
        RepositoryConnection connection, SnapshotCatalog catalog, SnapshotListOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        var wanted = new List<(WorkloadListing Listing, CatalogEntry Newest)>();
        await foreach (WorkloadListing listing in catalog.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            LastSeen.WarnIfRolledBack(connection, listing, observer);
            CatalogEntry? newest = await catalog.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false);
            LastSeen.Note(connection, newest);
            if (newest is not null && options.NameFilter?.Invoke(newest.Manifest.Name) != false)
            {
                wanted.Add((listing, newest));
            }
        }

        return [.. wanted.OrderBy(item => item.Newest.Manifest.Name, StringComparer.OrdinalIgnoreCase)];
    }

    private static bool IsWanted(CatalogEntry entry, SnapshotListOptions options) =>
        (options.Ids.Count == 0 || options.Ids.Contains(entry.Manifest.Snapshot))
        && (options.Before is null || entry.Manifest.Created < options.Before)
        && (options.After is null || entry.Manifest.Created >= options.After)
        && (options.TagFilter is null || entry.Manifest.Tags.Any(options.TagFilter));
}
