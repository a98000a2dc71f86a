using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Receipts;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Replication;

/// <summary>Sends the snapshots of workloads: for each its objects first, the manifest last, then a receipt.</summary>
/// <remarks>FORMAT.md, section 15. Each manifest is verified by the trust chain before anything that it names is sent.</remarks>
internal sealed class WorkloadSync
{
    private const int TransfersAtOnce = 4;
    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly WriterLease lease;
    private readonly ObjectTransfer transfer;
    private readonly SyncOptions options;
    private readonly TransferTotals totals;
    private readonly IOperationObserver observer;
    private readonly VerificationBudget budget;
    private readonly HashSet<ObjectId> seen = [];

    public WorkloadSync(
        RepositoryConnection origin,
        RepositoryConnection destination,
        WriterLease lease,
        ObjectTransfer transfer,
        SyncOptions options,
        TransferTotals totals,
        IOperationObserver observer)
    {
        this.origin = origin;
        this.destination = destination;
        this.lease = lease;
        this.transfer = transfer;
        this.options = options;
        this.totals = totals;
        this.observer = observer;
        budget = new VerificationBudget(options.VerifyAll);
    }

    /// <summary>Sends what was asked for.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The snapshots as they stand at the destination.</returns>
    public async Task<IReadOnlyList<CatalogEntry>> RunAsync(CancellationToken cancellationToken)
    {
        var catalog = new SnapshotCatalog(origin, observer);
        var result = new List<CatalogEntry>();
        bool matched = options.Names.Length == 0;
        await foreach (WorkloadListing listing in catalog.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            var entries = new List<CatalogEntry>();
            await foreach (CatalogEntry entry in catalog.ReadAsync(listing, cancellationToken).ConfigureAwait(false))
            {
                entries.Add(entry);
            }

            if (entries.Count == 0 || !IsWanted(entries))
            {
                continue;
            }

            matched = true;
            result.AddRange(await SendAsync(listing.Workload, entries, cancellationToken).ConfigureAwait(false));
        }

        Guid? missing = options.Snapshots.Cast<Guid?>().FirstOrDefault(id => !result.Exists(entry => entry.Manifest.Snapshot == id));
        return !matched || missing is not null
            ? throw new RepositoryException(
                missing is null ? "WorkloadNotFound" : "SnapshotNotFound",
                ErrorKind.NotFound,
                $"Failed to sync '{origin.Store.Location}': {(missing is null ? $"no workload is called {string.Join(" or ", options.Names)}" : $"snapshot {missing:D} is not there")}.",
                "List what is there with Get-WorkloadSnapshot.",
                missing?.ToString("D") ?? options.Names[0])
            : result;
    }

    private bool IsWanted(List<CatalogEntry> entries) =>
        (options.Names.Length == 0 || options.Names.Contains(entries[^1].Manifest.Name, StringComparer.OrdinalIgnoreCase))
        && (options.Snapshots.Length == 0 || entries.Exists(entry => options.Snapshots.Contains(entry.Manifest.Snapshot)));

    private async Task<IReadOnlyList<CatalogEntry>> SendAsync(Guid workload, List<CatalogEntry> entries, CancellationToken cancellationToken)
    {
        SnapshotSequence there = await SnapshotSequence.ReadAsync(destination.Opened, workload, cancellationToken).ConfigureAwait(false);
        await RequireNoRollbackAsync(workload, entries, there, cancellationToken).ConfigureAwait(false);
        var result = new List<CatalogEntry>();
        CatalogEntry? newest = null;
        foreach (CatalogEntry entry in entries)
        {
            if ((options.Snapshots.Length > 0 && !options.Snapshots.Contains(entry.Manifest.Snapshot)) || there.FindTombstone(entry.Manifest.Number) is not null)
            {
                continue;
            }

            bool had = await HasManifestAsync(there, entry, cancellationToken).ConfigureAwait(false);
            RequireChain(entry, entries);
            await SendObjectsAsync(entry, had, cancellationToken).ConfigureAwait(false);
            if (!had)
            {
                await PutManifestAsync(entry, cancellationToken).ConfigureAwait(false);
            }

            newest = entry;
            result.Add(entry);
        }

        if (newest is not null)
        {
            await PutReceiptAsync(newest, cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    /// <summary>The origin shows less than it showed before: to this machine, or to whoever filled the destination from it.</summary>
    private async Task RequireNoRollbackAsync(Guid workload, List<CatalogEntry> entries, SnapshotSequence there, CancellationToken cancellationToken)
    {
        SnapshotSequence here = await SnapshotSequence.ReadAsync(origin.Opened, workload, cancellationToken).ConfigureAwait(false);
        Guid? instance = origin.Opened.Instance?.Id;
        long known = instance is null ? 0 : origin.Opened.State?.ReadSeen(origin.Opened.Id, instance.Value, workload)?.Number ?? 0;
        if (here.Highest < there.Highest && entries.Exists(entry => entry.Manifest.HomeInstance == instance))
        {
            known = Math.Max(known, there.Highest);
        }

        if (here.Highest < known)
        {
            throw new RepositoryException(
                "RolledBack",
                ErrorKind.Integrity,
                FormattableString.Invariant($"Failed to sync '{entries[^1].Manifest.Name}' from '{origin.Store.Location}': its newest number is {here.Highest}, and it was {known} before."),
                "Find out who set the repository back; Sync-WorkloadDelta from a mirror brings the missing snapshots back.",
                entries[^1].Manifest.Name);
        }
    }

    private void RequireChain(CatalogEntry entry, List<CatalogEntry> entries)
    {
        CatalogEntry? parent = entries.Find(other => other.Manifest.Number == entry.Manifest.ParentNumber);
        if (parent is not null && parent.Record.Hash != entry.Manifest.ParentHash)
        {
            throw new IntegrityException(
                "ManifestConflict",
                FormattableString.Invariant($"Failed to sync '{entry.Manifest.Name}': snapshot {entry.Manifest.Number} follows another snapshot {parent.Manifest.Number} than '{origin.Store.Location}' shows."),
                "Run Test-WorkloadRepository at the origin and find out who put the other manifest.",
                entry.Name.Value);
        }
    }

    private async Task<bool> HasManifestAsync(SnapshotSequence there, CatalogEntry entry, CancellationToken cancellationToken)
    {
        foreach ((long _, BlobName name) in there.Names.Where(item => item.Number == entry.Manifest.Number))
        {
            byte[]? bytes = await destination.Store.TryReadAllAsync(name, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                continue;
            }

            if (RecordHash.Of(bytes) == entry.Record.Hash)
            {
                return true;
            }

            if (IsOtherManifest(bytes, entry))
            {
                throw new RepositoryException(
                    "ManifestConflict",
                    ErrorKind.Integrity,
                    FormattableString.Invariant($"Failed to sync '{entry.Manifest.Name}' to '{destination.Store.Location}': it has seen another snapshot under number {entry.Manifest.Number}."),
                    "Find out which of the two stores was written to by someone else; nothing was changed.",
                    name.Value);
            }
        }

        return false;
    }

    /// <summary>A void or damaged bytes under the number are no other manifest: the right one is put beside them.</summary>
    private bool IsOtherManifest(byte[] bytes, CatalogEntry entry)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes);
            return record.Kind == RecordKind.Manifest
                && destination.Opened.Trust.Counts(record, SignerRights.Capture, entry.Manifest.Workload, entry.Manifest.Number);
        }
        catch (InvalidFormatException)
        {
            return false;
        }
    }

    private async Task SendObjectsAsync(CatalogEntry entry, bool had, CancellationToken cancellationToken)
    {
        if (entry.Manifest.References is not { } root)
        {
            return;
        }

        var meter = new ProgressMeter(observer, origin.Environment.Time, FormattableString.Invariant($"Syncing {entry.Manifest.Name} snapshot {entry.Manifest.Number}"));
        await SendOneAsync(root.Holder, had, meter, cancellationToken).ConfigureAwait(false);
        var tree = new ReferenceTree(new StoredObjects(origin.Store), origin.Opened.Id, root);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = TransfersAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            NewOnesAsync(tree, cancellationToken), parallel, async (item, token) => await SendOneAsync(item, had, meter, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private async IAsyncEnumerable<WrittenObject> NewOnesAsync(
        ReferenceTree tree, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (WrittenObject item in tree.EntriesAsync(0, cancellationToken).ConfigureAwait(false))
        {
            if (seen.Add(item.Id))
            {
                yield return item;
            }
        }
    }

    private async Task SendOneAsync(WrittenObject item, bool had, ProgressMeter meter, CancellationToken cancellationToken)
    {
        await transfer.EnsureAsync(item, budget.TryTake(item.Length), had, cancellationToken).ConfigureAwait(false);
        meter.Add(item.Length);
    }

    private async Task PutManifestAsync(CatalogEntry entry, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.Manifest(entry.Manifest.Workload, entry.Manifest.Number);
        await lease.PrepareCommitAsync(name, cancellationToken).ConfigureAwait(false);
        if (await destination.Store.PutIfAbsentAsync(name, entry.Record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            byte[]? stands = await destination.Store.TryReadAllAsync(name, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (stands is not null && IsOtherManifest(stands, entry) && RecordHash.Of(stands) != entry.Record.Hash)
            {
                throw new RepositoryLockedException(
                    "ManifestConflict",
                    ErrorKind.Locked,
                    FormattableString.Invariant($"Failed to sync '{entry.Manifest.Name}' to '{destination.Store.Location}': number {entry.Manifest.Number} was taken by another manifest in the meantime."),
                    "Find out who else writes to the mirror.",
                    name.Value);
            }

            if (stands is null || RecordHash.Of(stands) != entry.Record.Hash)
            {
                // A void: of an earlier sync, or of this one, which then learns here that it was shut out.
                BlobName second = RepositoryNames.Manifest(entry.Manifest.Workload, entry.Manifest.Number, lease.Id);
                await lease.PrepareCommitAsync(second, cancellationToken).ConfigureAwait(false);
                await destination.Store.PutIfAbsentAsync(second, entry.Record.Bytes, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task PutReceiptAsync(CatalogEntry newest, CancellationToken cancellationToken)
    {
        OpenRepository mirror = destination.Opened;
        if (mirror.Instance is not { } instance)
        {
            return;
        }

        mirror.State?.NoteSeen(mirror.Id, instance.Id, newest.Manifest.Workload, new SeenMark(newest.Manifest.Number, newest.Record.Hash));
        if (mirror.ReceiptSigner is null)
        {
            observer.OnWarning($"'{mirror.Store.Location}' gave no receipt: its receipt key is on the machine that made the mirror.");
            return;
        }

        var receipt = new MirrorReceipt
        {
            Workload = newest.Manifest.Workload,
            Number = newest.Manifest.Number,
            Snapshot = newest.Manifest.Snapshot,
            Hash = newest.Record.Hash,
            Instance = instance.Id,
            Received = destination.Environment.Time.GetUtcNow().UtcDateTime,
            Objects = totals.Objects,
            Bytes = totals.Bytes,
        };
        await mirror.Store.PutIfAbsentAsync(
            RepositoryNames.Receipt(newest.Manifest.Workload, newest.Manifest.Number), receipt.Sign(mirror.ReceiptSigner).Bytes, cancellationToken).ConfigureAwait(false);
    }
}
