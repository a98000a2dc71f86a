using System.Collections.Concurrent;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Engine.Replication;

/// <summary>
/// Sends objects, each verified on arrival before it becomes visible. What an earlier sync of this member left half-sent goes on where it
/// stopped. Thread-safe.
/// </summary>
internal sealed class ObjectTransfer
{
    private const int PieceLength = 1 << 20;
    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly WriterLease lease;
    private readonly TransferTotals totals;
    private readonly ConcurrentDictionary<string, TemporaryBlob> pieces;
    private readonly IReadOnlyList<RecordId> earlier;

    private ObjectTransfer(
        RepositoryConnection origin,
        RepositoryConnection destination,
        WriterLease lease,
        TransferTotals totals,
        ConcurrentDictionary<string, TemporaryBlob> pieces,
        IReadOnlyList<RecordId> earlier)
    {
        this.origin = origin;
        this.destination = destination;
        this.lease = lease;
        this.totals = totals;
        this.pieces = pieces;
        this.earlier = earlier;
    }

    /// <summary>True if half-sent objects of earlier syncs are left that this one did not need.</summary>
    public bool IsPieceLeft => !pieces.IsEmpty;

    /// <summary>Looks at what earlier syncs left.</summary>
    /// <param name="origin">The origin.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="lease">The lease at the destination.</param>
    /// <param name="cut">Leases of earlier syncs of this machine that were cut: their half-sent objects are taken over.</param>
    /// <param name="totals">Counts.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">The destination cannot be read.</exception>
    public static async Task<ObjectTransfer> OpenAsync(
        RepositoryConnection origin,
        RepositoryConnection destination,
        WriterLease lease,
        IReadOnlyList<RecordId> cut,
        TransferTotals totals,
        CancellationToken cancellationToken)
    {
        var pieces = new ConcurrentDictionary<string, TemporaryBlob>(StringComparer.Ordinal);
        if (cut.Count > 0)
        {
            await foreach (TemporaryBlob piece in destination.Store.ListTemporariesAsync(cancellationToken).ConfigureAwait(false))
            {
                if (piece.UploadId is not null)
                {
                    pieces.TryAdd(piece.Name, piece);
                }
            }
        }

        return new ObjectTransfer(origin, destination, lease, totals, pieces, cut);
    }

    /// <summary>Tells whether either side has a copy of an object that may be whole.</summary>
    /// <param name="item">The object.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">A store failed.</exception>
    public async Task<bool> IsAtEitherSideAsync(WrittenObject item, CancellationToken cancellationToken) =>
        await StandsAsync(item, verify: false, cancellationToken).ConfigureAwait(false)
        || (await CopiesAsync(origin.Store, item, cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Sees to it that the destination holds an object: one that is there and fits is looked after by the lease, else it is sent.</summary>
    /// <param name="item">The object, as a verified reference tree names it.</param>
    /// <param name="verify">Reads what is there instead of trusting its length.</param>
    /// <param name="repair">Counts it as repaired when it is sent.</param>
    /// <param name="cancellationToken">Cancels the call; what was sent is kept for the next time.</param>
    /// <exception cref="IntegrityException">The origin's copies are all damaged.</exception>
    /// <exception cref="PortabilityException">Reading or writing failed.</exception>
    public async Task EnsureAsync(WrittenObject item, bool verify, bool repair, CancellationToken cancellationToken)
    {
        if (await StandsAsync(item, verify, cancellationToken).ConfigureAwait(false) && await lease.TryRelyAsync(item, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        RecordId owner = await SendAsync(item, cancellationToken).ConfigureAwait(false);
        totals.AddObject(repair);
        if (owner == lease.Id)
        {
            lease.NoteOwn(item.Id);
        }
        else if (!await lease.TryRelyAsync(item, cancellationToken).ConfigureAwait(false))
        {
            throw new RepositoryLockedException(
                "ReliedOnCollected",
                ErrorKind.Locked,
                $"Failed to sync to '{destination.Store.Location}': object {item.Id} was collected as soon as it was sent.",
                "Run Sync-WorkloadDelta again.",
                destination.Store.Location,
                isTransient: true);
        }
    }

    /// <summary>Tells whether the destination has a copy of an object that no condemned list names.</summary>
    /// <param name="item">The object.</param>
    /// <param name="verify">Reads it instead of trusting its length.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">The destination cannot be read.</exception>
    public async Task<bool> StandsAsync(WrittenObject item, bool verify, CancellationToken cancellationToken)
    {
        foreach (BlobEntry entry in await CopiesAsync(destination.Store, item, cancellationToken).ConfigureAwait(false))
        {
            if (!lease.Condemned.Names(entry.Name)
                && (!verify || await ObjectDigest.OfAsync(destination.Store, entry.Name, cancellationToken).ConfigureAwait(false) == item.Hash))
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<List<BlobEntry>> CopiesAsync(IBlobStore store, WrittenObject item, CancellationToken cancellationToken)
    {
        var copies = new List<BlobEntry>();
        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.ObjectCopyPrefix(item.Kind, item.Set, item.Id), cancellationToken).ConfigureAwait(false))
        {
            copies.Add(entry);
        }

        return [.. copies.Where(copy => copy.Length == item.Length)];
    }

    /// <summary>Sends an object.</summary>
    /// <returns>The lease whose copy it is now.</returns>
    private async Task<RecordId> SendAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        PortabilityException? damage = null;
        List<BlobEntry> copies = await CopiesAsync(origin.Store, item, cancellationToken).ConfigureAwait(false);

        // Each copy twice: what an earlier sync left, or a cache gave, may be what does not fit, and it is thrown away then.
        foreach (BlobEntry copy in copies.SelectMany(copy => new[] { copy, copy }))
        {
            (IBlobUpload upload, RecordId owner) = await OpenUploadAsync(item, cancellationToken).ConfigureAwait(false);
            await using (upload.ConfigureAwait(false))
            {
                try
                {
                    await SendAsync(copy.Name, upload, cancellationToken).ConfigureAwait(false);
                    byte[] hash = new byte[Digest.Size];
                    item.Hash.Write(hash);
                    await upload.CompleteAsync(hash, cancellationToken).ConfigureAwait(false);
                    return owner;
                }
                catch (IntegrityException exception)
                {
                    damage = exception; // the pieces are thrown away: another copy, or the same from its start, may fit
                    await origin.Cached.ForgetAsync(copy.Name, cancellationToken).ConfigureAwait(false);
                }
                catch (StorageException exception) when (exception.ErrorId is "ObjectNotFound")
                {
                    damage = exception; // gone since it was listed
                }
            }
        }

        throw new IntegrityException(
            copies.Count == 0 ? "ObjectMissing" : "ObjectDamaged",
            $"Failed to send object '{RepositoryNames.StoredObject(item.Kind, item.Set, item.Id)}' of '{origin.Store.Location}': {(copies.Count == 0 ? "no copy of its length is there" : "its bytes are not those that the manifest names")}.",
            "Run Sync-WorkloadDelta from a mirror that holds it to this repository, then sync again; Test-WorkloadSnapshot names the snapshots concerned.",
            RepositoryNames.StoredObject(item.Kind, item.Set, item.Id).Value,
            -1,
            damage);
    }

    private async Task SendAsync(BlobName source, IBlobUpload upload, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[(int)Math.Min(PieceLength, upload.Length)];
        while (upload.Offset < upload.Length)
        {
            int wanted = (int)Math.Min(piece.Length, upload.Length - upload.Offset);
            int count = await origin.Cached.GetAsync(source, upload.Offset, piece.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw new IntegrityException(
                    "ObjectDamaged", $"Failed to read '{source}': it ends too early.", "Run Test-WorkloadRepository.", source.Value, upload.Offset);
            }

            await upload.AppendAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            totals.AddBytes(count);
        }
    }

    private async Task<(IBlobUpload Upload, RecordId Owner)> OpenUploadAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        // A name that has pieces was never put: taking it over breaks no rule of names.
        string id = item.Id.ToString();
        foreach (TemporaryBlob piece in pieces.Values.Where(piece => string.Equals(piece.UploadId, id, StringComparison.Ordinal)))
        {
            foreach (RecordId cut in earlier)
            {
                BlobName name = RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, cut);
                if (piece.IsOf(name, id) && pieces.TryRemove(piece.Name, out _))
                {
                    return (await destination.Store.OpenUploadAsync(name, id, item.Length, cancellationToken).ConfigureAwait(false), cut);
                }
            }
        }

        BlobName own = RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, lease.Id);
        return (await destination.Store.OpenUploadAsync(own, id, item.Length, cancellationToken).ConfigureAwait(false), lease.Id);
    }
}
