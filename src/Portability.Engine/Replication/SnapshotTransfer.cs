using System.Runtime.CompilerServices;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;
using Portability.Repository.Workloads;

namespace Portability.Engine.Replication;

/// <summary>Sends what one snapshot needs, and its manifest last.</summary>
/// <remarks>FORMAT.md, sections 15 and 16.</remarks>
internal sealed class SnapshotTransfer
{
    private const int TransfersAtOnce = 4;
    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly WriterLease lease;
    private readonly ObjectTransfer transfer;
    private readonly TransferTotals totals;
    private readonly IOperationObserver observer;
    private readonly ILookup<ObjectId, Substitution> substitutions;
    private readonly int substitutionCount;
    private readonly HashSet<Digest> seenNodes = [];
    private MirrorSubstitutes? mirrorSubstitutes;

    public SnapshotTransfer(
        RepositoryConnection origin,
        RepositoryConnection destination,
        WriterLease lease,
        ObjectTransfer transfer,
        IReadOnlyList<Substitution> substitutions,
        TransferTotals totals,
        IOperationObserver observer)
    {
        this.origin = origin;
        this.destination = destination;
        this.lease = lease;
        this.transfer = transfer;
        this.substitutions = substitutions.SelectMany(item => item.Old.Select(old => (Old: old, Item: item))).ToLookup(pair => pair.Old, pair => pair.Item);
        substitutionCount = substitutions.Count;
        this.totals = totals;
        this.observer = observer;
    }

    /// <summary>Looks after all that a snapshot which the mirror has needs, so that later ones may share it.</summary>
    /// <param name="entry">The snapshot; it was seen to stand there under the lease.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What it names and the mirror need not have: packs in whose place it put others, for this snapshot and none that comes later.</returns>
    /// <exception cref="PortabilityException">The mirror cannot be read, or lacks what the snapshot needs.</exception>
    public async Task<IReadOnlySet<ObjectId>> RelyOnAsync(CatalogEntry entry, CancellationToken cancellationToken)
    {
        if (entry.Manifest.References is not { } root)
        {
            return new HashSet<ObjectId>();
        }

        var tree = new ReferenceTree(new StoredObjects(destination.Store), destination.Opened.Id, root);
        FollowedTree followed = await FollowedTree.ReadAsync(destination.Opened, tree, entry.Record.Hash, cancellationToken).ConfigureAwait(false);
        followed = await followed.RelyOnAsync(destination.Opened, lease, entry.Record.Hash, cancellationToken).ConfigureAwait(false);
        return followed.Replaced;
    }

    /// <summary>Sends the objects of a snapshot that the mirror lacks. The cost follows what the one before it there does not share.</summary>
    /// <param name="entry">The snapshot.</param>
    /// <param name="before">An earlier one of the workload that the mirror has, or null.</param>
    /// <param name="replaced">What <see cref="RelyOnAsync"/> gave for that one.</param>
    /// <param name="cancellationToken">Cancels the call; what was sent is kept for the next time.</param>
    /// <exception cref="PortabilityException">An object is damaged or missing at the origin, or a store failed.</exception>
    public async Task SendObjectsAsync(CatalogEntry entry, CatalogEntry? before, IReadOnlySet<ObjectId> replaced, CancellationToken cancellationToken)
    {
        if (entry.Manifest.References is not { } root || (before?.Manifest.References == root && replaced.Count == 0))
        {
            return;
        }

        var meter = new ProgressMeter(observer, origin.Environment.Time, FormattableString.Invariant($"Syncing {entry.Manifest.Name} snapshot {entry.Manifest.Number}"));
        await transfer.EnsureAsync(root.Holder, verify: false, repair: false, cancellationToken).ConfigureAwait(false);
        var objects = new StoredObjects(origin.Cached);
        var tree = new ReferenceTree(objects, origin.Opened.Id, root);
        IAsyncEnumerable<WrittenObject> items = before?.Manifest.References is { } older
            ? tree.AddedSinceAsync(new ReferenceTree(objects, origin.Opened.Id, older), cancellationToken)
            : tree.UnseenAsync(seenNodes.Add, cancellationToken);
        if (replaced.Count > 0)
        {
            items = items.Concat(tree.EntriesAsync(0, cancellationToken).Where(item => replaced.Contains(item.Id)));
        }

        await EnsureAsync(entry, items, isReview: false, meter.Add, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads objects of a snapshot at the mirror and sends what is damaged or missing there, but not what the mirror itself gave up for others; where one pack
    /// took the place of several, it is looked at once.
    /// </summary>
    /// <param name="entry">The snapshot.</param>
    /// <param name="items">The objects.</param>
    /// <param name="onBytes">Told of each object's length in bytes; from several threads.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">One is damaged or missing at the origin too, or a store failed.</exception>
    public async Task ReviewObjectsAsync(CatalogEntry entry, IReadOnlyList<WrittenObject> items, Action<long> onBytes, CancellationToken cancellationToken)
    {
        MirrorSubstitutes substitutes = mirrorSubstitutes ??= await MirrorSubstitutes.ReadAsync(destination, transfer, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<WrittenObject> needed = items.ToAsyncEnumerable()
            .Where(async (item, token) => !await substitutes.StandInForAsync(entry, item, token).ConfigureAwait(false));
        await EnsureAsync(entry, needed, isReview: true, onBytes, cancellationToken).ConfigureAwait(false);
    }

    private Task EnsureAsync(
        CatalogEntry entry, IAsyncEnumerable<WrittenObject> items, bool isReview, Action<long> onBytes, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        ResolvedAsync(entry, items, cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = TransfersAtOnce, CancellationToken = cancellationToken },
        async (item, token) =>
        {
            await transfer.EnsureAsync(item, verify: isReview, repair: isReview, token).ConfigureAwait(false);
            onBytes(item.Length);
        });

    // One pack may have taken the place of many: it is sent once, and never twice at one time.
    private async IAsyncEnumerable<WrittenObject> ResolvedAsync(
        CatalogEntry entry, IAsyncEnumerable<WrittenObject> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = new HashSet<ObjectId>();
        await foreach (WrittenObject item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            WrittenObject wanted = await ResolveAsync(entry, item, cancellationToken).ConfigureAwait(false);
            if (known.Add(wanted.Id))
            {
                yield return wanted;
            }
        }
    }

    private async Task<WrittenObject> ResolveAsync(CatalogEntry entry, WrittenObject item, CancellationToken cancellationToken)
    {
        WrittenObject wanted = item;
        for (int step = 0; step <= substitutionCount; step++)
        {
            Substitution? next = substitutions[wanted.Id].FirstOrDefault(candidate => candidate.CompleteFor.Contains(entry.Record.Hash));
            if (next is null || await transfer.IsAtEitherSideAsync(wanted, cancellationToken).ConfigureAwait(false))
            {
                break;
            }

            wanted = next.New;
        }

        return wanted;
    }

    /// <summary>Puts the manifest, last of all: from then on the snapshot stands at the mirror.</summary>
    /// <param name="entry">The snapshot.</param>
    /// <param name="home">The workload's home record that counts at the mirror, or null.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RepositoryLockedException">`ManifestConflict`: another manifest took the number meanwhile.</exception>
    /// <exception cref="PortabilityException">A store failed, or the lease was lost.</exception>
    public async Task PutManifestAsync(CatalogEntry entry, HomeRecord? home, CancellationToken cancellationToken)
    {
        bool isFork = home is not null && entry.Manifest.HomeCounter < home.Counter && entry.Manifest.Number > home.Number;
        BlobName name = isFork
            ? RepositoryNames.Fork(entry.Manifest.Workload, entry.Manifest.Number, entry.Record.Hash.AsSpan())
            : RepositoryNames.Manifest(entry.Manifest.Workload, entry.Manifest.Number);
        await lease.PrepareCommitAsync(name, cancellationToken).ConfigureAwait(false);
        if (await destination.Store.PutIfAbsentAsync(name, entry.Record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            await PutBesideAsync(entry, name, cancellationToken).ConfigureAwait(false);
        }

        if (isFork)
        {
            observer.OnWarning(FormattableString.Invariant($"{entry.Manifest.Name}#{entry.Manifest.Number} was captured after the workload had moved its home: it is kept beside the others, as a fork."));
        }

        totals.AddBytes(entry.Record.Bytes.Length);
    }

    /// <summary>Reads the manifest at the mirror again, not from a cache, and puts it once more where it is damaged.</summary>
    /// <param name="entry">The snapshot.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">As <see cref="PutManifestAsync"/>.</exception>
    public async Task ReviewManifestAsync(CatalogEntry entry, CancellationToken cancellationToken)
    {
        var names = new List<BlobName>();
        await foreach (BlobEntry stored in destination.Store.ListAsync(
            RepositoryNames.Manifest(entry.Manifest.Workload, entry.Manifest.Number).Value, cancellationToken).ConfigureAwait(false))
        {
            names.Add(stored.Name);
        }

        foreach (BlobName name in names.Where(name => RepositoryNames.TryParse(name, out RepositoryName parts) && parts.Kind is RepositoryNameKind.Manifest or RepositoryNameKind.Fork))
        {
            byte[]? bytes = await destination.Store.TryReadAllAsync(name, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && RecordHash.Of(bytes) == entry.Record.Hash)
            {
                return;
            }

            await destination.Cached.ForgetAsync(name, cancellationToken).ConfigureAwait(false);
        }

        await PutManifestAsync(entry, home: null, cancellationToken).ConfigureAwait(false);
        totals.AddObject(repair: true);
    }

    /// <summary>The plain name is taken: by the same bytes, by a void or by damage, beside which the manifest is put, or by another manifest.</summary>
    private async Task PutBesideAsync(CatalogEntry entry, BlobName name, CancellationToken cancellationToken)
    {
        byte[]? stands = await destination.Store.TryReadAllAsync(name, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false);
        if (stands is not null && RecordHash.Of(stands) == entry.Record.Hash)
        {
            return;
        }

        if (stands is not null && IsOtherManifest(destination.Opened, stands, entry))
        {
            throw new RepositoryLockedException(
                "ManifestConflict",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to sync '{entry.Manifest.Name}' to '{destination.Store.Location}': number {entry.Manifest.Number} was taken by another manifest in the meantime."),
                "Find out who else writes to the mirror.",
                name.Value);
        }

        BlobName second = RepositoryNames.Manifest(entry.Manifest.Workload, entry.Manifest.Number, lease.Id);
        await lease.PrepareCommitAsync(second, cancellationToken).ConfigureAwait(false);
        if (await destination.Store.PutIfAbsentAsync(second, entry.Record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists
            && RecordHash.Of(await destination.Store.ReadAllAsync(second, SnapshotCatalog.MaximumManifestSize, cancellationToken).ConfigureAwait(false)) != entry.Record.Hash)
        {
            throw new RepositoryLockedException(
                "WriterShutOut",
                ErrorKind.Locked,
                FormattableString.Invariant($"Failed to sync '{entry.Manifest.Name}' to '{destination.Store.Location}': it stood still for so long that a collection shut it out."),
                "Run Sync-WorkloadDelta again; what was sent already is found and used.",
                second.Value,
                isTransient: true);
        }
    }

    /// <summary>A void or damaged bytes under the number are no other manifest: the right one is put beside them.</summary>
    /// <param name="mirror">The mirror.</param>
    /// <param name="bytes">What stands there.</param>
    /// <param name="entry">The snapshot that belongs there.</param>
    internal static bool IsOtherManifest(OpenRepository mirror, byte[] bytes, CatalogEntry entry)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes);
            return record.Kind == RecordKind.Manifest
                && record.Hash != entry.Record.Hash
                && mirror.Trust.Counts(record, SignerRights.Capture, entry.Manifest.Workload, entry.Manifest.Number)
                && SnapshotManifest.Read(record) is { } other && other.Workload == entry.Manifest.Workload && other.Number == entry.Manifest.Number;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return false;
        }
    }
}
