using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Workloads;

namespace Portability.Engine.Replication;

/// <summary>One sync under its lease: every workload that was asked for, the review of what the mirror had, then the receipts.</summary>
/// <remarks>FORMAT.md, section 15.</remarks>
internal sealed class SyncRun
{
    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly WriterLease lease;
    private readonly ObjectTransfer objects;
    private readonly SyncOptions options;
    private readonly TransferTotals totals;
    private readonly IOperationObserver observer;
    private readonly HashSet<Guid> wanted = [];
    private bool recordsSent;

    public SyncRun(
        RepositoryConnection origin,
        RepositoryConnection destination,
        WriterLease lease,
        ObjectTransfer objects,
        SyncOptions options,
        TransferTotals totals,
        IOperationObserver observer)
    {
        this.origin = origin;
        this.destination = destination;
        this.lease = lease;
        this.objects = objects;
        this.options = options;
        this.totals = totals;
        this.observer = observer;
    }

    /// <summary>Runs it. A manifest of the origin that is damaged holds up its own workload only, and is told at the end.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The snapshots that were asked for, as they stand at the mirror.</returns>
    /// <exception cref="PortabilityException">What the sync met.</exception>
    public async Task<IReadOnlyList<CatalogEntry>> RunAsync(CancellationToken cancellationToken)
    {
        (List<(WorkloadListing Listing, List<CatalogEntry> Entries)> workloads, PortabilityException? damage) = await ReadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<Substitution> substitutions = await Substitutions.ReadAsync(origin.Opened, [], cancellationToken).ConfigureAwait(false);
        var transfer = new SnapshotTransfer(origin, destination, lease, objects, substitutions, totals, observer);
        var sync = new WorkloadSync(origin, destination, transfer, options, totals, observer, SendRecordsAsync);
        var standing = new List<CatalogEntry>();
        var had = new List<CatalogEntry>();
        foreach ((WorkloadListing listing, List<CatalogEntry> entries) in workloads)
        {
            (IReadOnlyList<CatalogEntry> now, IReadOnlyList<CatalogEntry> before) = await sync.SendAsync(listing, entries, cancellationToken).ConfigureAwait(false);
            standing.AddRange(now);
            had.AddRange(before);
        }

        await SendRecordsAsync(cancellationToken).ConfigureAwait(false);
        var budget = new VerificationBudget(options.VerifyAll, options.Pull || destination.IsLocal, totals.Bytes);
        await new MirrorReview(origin, destination, transfer, budget, observer).RunAsync(had, cancellationToken).ConfigureAwait(false);
        foreach (IGrouping<Guid, CatalogEntry> workload in standing.GroupBy(entry => entry.Manifest.Workload))
        {
            await sync.PutReceiptAsync(workload.MaxBy(entry => entry.Manifest.Number)!, cancellationToken).ConfigureAwait(false);
        }

        return damage is null ? standing : throw damage;
    }

    private async Task<(List<(WorkloadListing Listing, List<CatalogEntry> Entries)> Workloads, PortabilityException? Damage)> ReadAsync(CancellationToken cancellationToken)
    {
        var catalog = new SnapshotCatalog(origin, observer);
        var workloads = new List<(WorkloadListing Listing, List<CatalogEntry> Entries)>();
        PortabilityException? damage = null;
        var highest = new Dictionary<Guid, long>();
        await foreach (WorkloadListing listing in catalog.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            highest.Add(listing.Workload, listing.Highest);
            var strict = new StrictReader(catalog, listing);
            List<CatalogEntry> entries = await strict.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (entries.Count == 0 || IsWanted(entries))
            {
                damage ??= strict.Damage;
            }

            if (entries.Count > 0 && IsWanted(entries) && strict.Damage is null)
            {
                workloads.Add((listing, entries));
                wanted.Add(listing.Workload);
            }
        }

        RequireNothingHidden(highest);
        RequireFound(workloads, damage);
        return (workloads, damage);
    }

    /// <summary>A workload of which the origin shows less than this machine saw there, or nothing any more.</summary>
    private void RequireNothingHidden(Dictionary<Guid, long> highest)
    {
        if (origin.Opened is not { State: { } state, Instance: { } instance } || options.Snapshots.Length > 0)
        {
            return;
        }

        HashSet<Guid> named = [.. options.Names.Select(name => WorkloadIdentity.IdOf(origin.Opened.Id, name))];
        foreach (Guid workload in state.ListSeen(origin.Opened.Id, instance.Id).Where(workload => named.Count == 0 || named.Contains(workload)))
        {
            long shown = highest.GetValueOrDefault(workload);
            if (state.ReadSeen(origin.Opened.Id, instance.Id, workload) is { } seen && seen.Number > shown)
            {
                throw new RepositoryException(
                    "RolledBack",
                    ErrorKind.Integrity,
                    FormattableString.Invariant($"Failed to sync workload {workload:D} from '{origin.Store.Location}': its newest number is {shown}, and it was {seen.Number} before."),
                    "Find out who set the repository back; Sync-WorkloadDelta from a mirror brings the missing snapshots back.",
                    workload.ToString("D"));
            }
        }
    }

    private bool IsWanted(List<CatalogEntry> entries) =>
        (options.Names.Length == 0 || options.Names.Contains(entries[^1].Manifest.Name, StringComparer.OrdinalIgnoreCase))
        && (options.Snapshots.Length == 0 || entries.Exists(entry => options.Snapshots.Contains(entry.Manifest.Snapshot)));

    private void RequireFound(List<(WorkloadListing Listing, List<CatalogEntry> Entries)> workloads, PortabilityException? damage)
    {
        string? name = options.Names.FirstOrDefault(
            name => !workloads.Exists(item => string.Equals(item.Entries[^1].Manifest.Name, name, StringComparison.OrdinalIgnoreCase)));
        Guid? snapshot = options.Snapshots.Cast<Guid?>().FirstOrDefault(id => !workloads.Exists(item => item.Entries.Exists(entry => entry.Manifest.Snapshot == id)));
        if (name is null && snapshot is null)
        {
            return;
        }

        throw damage ?? new RepositoryException(
            snapshot is null ? "WorkloadNotFound" : "SnapshotNotFound",
            ErrorKind.NotFound,
            $"Failed to sync '{origin.Store.Location}': {(snapshot is null ? $"no workload is called {name}" : $"snapshot {snapshot:D} is not there")}.",
            "List what is there with Get-WorkloadSnapshot.",
            snapshot?.ToString("D") ?? name!);
    }

    // Before the first manifest: whoever reads it needs the runs, and a verifier the substitutions.
    private async Task SendRecordsAsync(CancellationToken cancellationToken)
    {
        if (recordsSent)
        {
            return;
        }

        await new RunTransfer(origin, destination, lease.Id, totals).RunAsync(cancellationToken).ConfigureAwait(false);
        await new RecordTransfer(origin, destination, totals, options.VerifyAll).RunAsync(wanted.Contains, cancellationToken).ConfigureAwait(false);
        recordsSent = true;
    }
}
