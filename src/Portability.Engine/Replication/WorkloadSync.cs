using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Receipts;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;
using Portability.Repository.Workloads;

namespace Portability.Engine.Replication;

/// <summary>Brings one workload to a mirror: what was removed as facts, for each snapshot its objects first and the manifest last.</summary>
/// <remarks>FORMAT.md, section 15. Each manifest is verified by the trust chain before anything that it names is sent.</remarks>
internal sealed class WorkloadSync
{
    // Snapshots that one lease pins at the origin.
    private const int PinsAtOnce = 256;

    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly SnapshotTransfer transfer;
    private readonly SyncOptions options;
    private readonly TransferTotals totals;
    private readonly IOperationObserver observer;
    private readonly Func<CancellationToken, Task> sendRecords;

    /// <summary>Initialises for one sync.</summary>
    /// <param name="origin">The origin.</param>
    /// <param name="destination">The mirror.</param>
    /// <param name="transfer">Sends snapshots.</param>
    /// <param name="options">What is sent.</param>
    /// <param name="totals">Counts.</param>
    /// <param name="observer">Hears of what is remarkable.</param>
    /// <param name="sendRecords">Sends, once, what must stand before a manifest does.</param>
    public WorkloadSync(
        RepositoryConnection origin,
        RepositoryConnection destination,
        SnapshotTransfer transfer,
        SyncOptions options,
        TransferTotals totals,
        IOperationObserver observer,
        Func<CancellationToken, Task> sendRecords)
    {
        this.origin = origin;
        this.destination = destination;
        this.transfer = transfer;
        this.options = options;
        this.totals = totals;
        this.observer = observer;
        this.sendRecords = sendRecords;
    }

    /// <summary>Sends what is missing.</summary>
    /// <param name="listing">The workload at the origin.</param>
    /// <param name="entries">Its snapshots there, ascending.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The snapshots that were asked for and that stand at the mirror now; those that it had before this sync.</returns>
    /// <exception cref="PortabilityException">`RolledBack`, `ManifestConflict`, or an object or a store failed.</exception>
    public async Task<(IReadOnlyList<CatalogEntry> Standing, IReadOnlyList<CatalogEntry> Had)> SendAsync(
        WorkloadListing listing, IReadOnlyList<CatalogEntry> entries, CancellationToken cancellationToken)
    {
        SnapshotSequence there = await SnapshotSequence.ReadAsync(destination.Opened, listing.Workload, cancellationToken).ConfigureAwait(false);
        await new SnapshotCatalog(destination, observer).CheckCacheAsync(WorkloadListing.Of(there), cancellationToken).ConfigureAwait(false);
        RequireNoRollback(listing, entries, there);
        if (await new FactTransfer(origin, destination, totals).SendAsync(listing.Sequence, there, cancellationToken).ConfigureAwait(false))
        {
            there = await SnapshotSequence.ReadAsync(destination.Opened, listing.Workload, cancellationToken).ConfigureAwait(false);
        }

        var had = new List<CatalogEntry>();
        var missing = new List<CatalogEntry>();
        foreach (CatalogEntry entry in entries.Where(entry => there.FindTombstone(entry.Manifest.Number) is null))
        {
            if (await HasManifestAsync(there, entry, cancellationToken).ConfigureAwait(false))
            {
                had.Add(entry);
            }
            else if (IsWanted(entry))
            {
                missing.Add(entry);
            }
        }

        if (missing.Count > 0)
        {
            await SnapshotChain.RequireAsync(origin, destination, listing.Sequence, there, entries, missing, observer, cancellationToken).ConfigureAwait(false);
            await SendAsync(listing.Workload, had, missing, cancellationToken).ConfigureAwait(false);
        }

        return ([.. had.Concat(missing).Where(IsWanted).OrderBy(entry => entry.Manifest.Number)], had);
    }

    /// <summary>Signs that the mirror holds a workload up to a snapshot.</summary>
    /// <param name="newest">The newest snapshot that stands there.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">A store, or the state directory, failed.</exception>
    public async Task PutReceiptAsync(CatalogEntry newest, CancellationToken cancellationToken)
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

        MirrorReceipt? known = await MirrorReceipt.TryReadNewestAsync(mirror, newest.Manifest.Workload, cancellationToken).ConfigureAwait(false);
        if (known is not null && known.Number >= newest.Manifest.Number)
        {
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
        BlobName name = Repository.RepositoryNames.Receipt(newest.Manifest.Workload, newest.Manifest.Number);
        ReadOnlyMemory<byte> bytes = receipt.Sign(mirror.ReceiptSigner).Bytes;
        if (await mirror.Store.PutIfAbsentAsync(name, bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            // What lies there is no receipt of this store, else it would have been the newest.
            await mirror.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            await mirror.Store.PutIfAbsentAsync(name, bytes, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsWanted(CatalogEntry entry) => options.Snapshots.Length == 0 || options.Snapshots.Contains(entry.Manifest.Snapshot);

    private async Task SendAsync(Guid workload, List<CatalogEntry> had, List<CatalogEntry> missing, CancellationToken cancellationToken)
    {
        HomeRecord? home = await HomeReader.TryReadNewestAsync(destination.Opened, workload, cancellationToken).ConfigureAwait(false);
        var sent = new SortedDictionary<long, CatalogEntry>();
        foreach (CatalogEntry[] part in missing.Chunk(PinsAtOnce))
        {
            HeldLease? pin = await OriginPin.TryOpenAsync(origin, part, observer, cancellationToken).ConfigureAwait(false);
            try
            {
                foreach (CatalogEntry entry in part)
                {
                    // What an earlier snapshot shares with this one the mirror has already.
                    CatalogEntry? before = had.Concat(sent.Values).Where(other => other.Manifest.Number < entry.Manifest.Number).MaxBy(other => other.Manifest.Number);
                    IReadOnlySet<ObjectId> replaced = before is null || sent.ContainsKey(before.Manifest.Number)
                        ? new HashSet<ObjectId>()
                        : await transfer.RelyOnAsync(before, cancellationToken).ConfigureAwait(false);
                    await transfer.SendObjectsAsync(entry, before, replaced, cancellationToken).ConfigureAwait(false);
                    await sendRecords(cancellationToken).ConfigureAwait(false);
                    await transfer.PutManifestAsync(entry, home, cancellationToken).ConfigureAwait(false);
                    sent.Add(entry.Manifest.Number, entry);
                }
            }
            finally
            {
                if (pin is not null)
                {
                    await pin.DisposeAsync().ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>The origin shows less than it showed before: to this machine, or to whoever filled the destination from it.</summary>
    private void RequireNoRollback(WorkloadListing here, IReadOnlyList<CatalogEntry> entries, SnapshotSequence there)
    {
        Guid? instance = origin.Opened.Instance?.Id;
        long known = instance is null ? 0 : origin.Opened.State?.ReadSeen(origin.Opened.Id, instance.Value, here.Workload)?.Number ?? 0;
        if (here.Highest < there.Highest && entries.Any(entry => entry.Manifest.HomeInstance == instance))
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

        LastSeen.Note(origin, entries[^1]);
    }

    private async Task<bool> HasManifestAsync(SnapshotSequence there, CatalogEntry entry, CancellationToken cancellationToken)
    {
        foreach (BlobName name in there.NamesOf(entry.Manifest.Number))
        {
            if (await HasBytesAsync(name, entry, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        BlobName fork = Repository.RepositoryNames.Fork(entry.Manifest.Workload, entry.Manifest.Number, entry.Record.Hash.AsSpan());
        return there.ForkNames.Contains(fork) && await HasBytesAsync(fork, entry, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> HasBytesAsync(BlobName name, CatalogEntry entry, CancellationToken cancellationToken)
    {
        byte[]? cached = await destination.Cached.TryReadListedAsync(name, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false);
        if (cached is not null && RecordHash.Of(cached) == entry.Record.Hash)
        {
            return true;
        }

        // What a cache gives is no proof against the mirror.
        await destination.Cached.ForgetAsync(name, cancellationToken).ConfigureAwait(false);
        byte[]? bytes = await destination.Store.TryReadAllAsync(name, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false);
        if (bytes is not null && SnapshotTransfer.IsOtherManifest(destination.Opened, bytes, entry))
        {
            throw new RepositoryException(
                "ManifestConflict",
                ErrorKind.Integrity,
                FormattableString.Invariant($"Failed to sync '{entry.Manifest.Name}' to '{destination.Store.Location}': it has seen another snapshot under number {entry.Manifest.Number}."),
                "Find out which of the two stores was written to by someone else; nothing was changed.",
                name.Value);
        }

        return bytes is not null && RecordHash.Of(bytes) == entry.Record.Hash;
    }
}
