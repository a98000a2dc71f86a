using System.Collections.Concurrent;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Leases;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>
/// Finds blocks that earlier captures of this signer stored, or that others stored and a key holder checked, by this machine's index. The index is a cache: what it says is looked up where it
/// is signed, and losing it loses deduplication only.
/// </summary>
internal sealed class DedupIndex : IDisposable
{
    private readonly RepositoryConnection connection;
    private readonly SnapshotScope scope;
    private readonly RecordSigner signer;
    private readonly WriterLease lease;
    private readonly IOperationObserver observer;
    private readonly ConcurrentDictionary<BlockSet, LocationIndex> indexes = [];
    private readonly ConcurrentDictionary<Guid, Task<ReferenceTree?>> trees = [];

    /// <summary>Initialises an index for one capture.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="scope">Reads packs; stays the caller's.</param>
    /// <param name="signer">Packs of its own snapshots are relied on, of others those that were checked.</param>
    /// <param name="lease">Looks after what is relied on; stays the caller's.</param>
    /// <param name="observer">Hears when the index cannot be used.</param>
    public DedupIndex(RepositoryConnection connection, SnapshotScope scope, RecordSigner signer, WriterLease lease, IOperationObserver observer)
    {
        this.connection = connection;
        this.scope = scope;
        this.signer = signer;
        this.lease = lease;
        this.observer = observer;
        Reuse = new BlockReuse(scope.Blocks, Index, new SignedPackTrust(OwnTreeAsync, FindVerifiedAsync, lease.TryRelyAsync));
    }

    /// <summary>Finds blocks.</summary>
    public IBlockReuse Reuse { get; }

    /// <summary>Learns of packs that others wrote and a key holder has checked; to be called before anything is looked for.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public async Task LearnAsync(CancellationToken cancellationToken)
    {
        HashSet<ObjectId> known = [.. VerifiedImport.Known(Index(BlockSet.Boot)), .. VerifiedImport.Known(Index(BlockSet.Data))];
        IReadOnlyDictionary<ObjectId, WrittenObject> fresh = await VerifiedPacks.ReadAsync(connection.Opened, known, cancellationToken).ConfigureAwait(false);
        foreach (BlockSet set in fresh.Values.Select(pack => pack.Set).Distinct())
        {
            await VerifiedImport.RunAsync(scope.Objects, Index(set), set, fresh.Values, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The index of a set.</summary>
    /// <param name="set">The set.</param>
    public LocationIndex Index(BlockSet set) => indexes.GetOrAdd(
        set,
        static (wanted, self) => LocationIndex.Open(
            Path.Combine(self.connection.Environment.StateDirectory, "cache", self.connection.Opened.Id.ToString("D"), "locations"),
            self.connection.Opened.Id,
            wanted,
            self.connection.Opened.Random,
            self.observer),
        this);

    /// <summary>Closes the index.</summary>
    public void Dispose()
    {
        foreach (LocationIndex index in indexes.Values)
        {
            index.Dispose();
        }
    }

    private async Task<WrittenObject?> FindVerifiedAsync(BlockSet set, ObjectId pack, CancellationToken cancellationToken) =>
        await VerifiedPacks.TryFindAsync(connection.Opened, pack, cancellationToken).ConfigureAwait(false) is { } found && found.Set == set ? found : null;

    private Task<ReferenceTree?> OwnTreeAsync(Guid workload, CancellationToken cancellationToken) => trees.GetOrAdd(
        workload,
        static (wanted, state) => state.Self.ReadOwnTreeAsync(wanted, state.Token),
        (Self: this, Token: cancellationToken));

    private async Task<ReferenceTree?> ReadOwnTreeAsync(Guid workload, CancellationToken cancellationToken)
    {
        var catalog = new SnapshotCatalog(connection, observer);
        WorkloadListing listing = await catalog.ListAsync(workload, cancellationToken).ConfigureAwait(false);
        CatalogEntry? newest = await catalog.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false);
        return newest is not null && newest.Record.Signer == signer.Fingerprint && newest.Manifest.References is { } root
            ? new ReferenceTree(scope.Objects.Objects, connection.Opened.Id, root)
            : null;
    }
}
