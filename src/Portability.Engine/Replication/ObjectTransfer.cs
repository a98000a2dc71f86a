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
    private readonly HashSet<string> pieces;
    private readonly IReadOnlyList<RecordId> earlier;

    private ObjectTransfer(
        RepositoryConnection origin, RepositoryConnection destination, WriterLease lease, TransferTotals totals, HashSet<string> pieces, IReadOnlyList<RecordId> earlier)
    {
        this.origin = origin;
        this.destination = destination;
        this.lease = lease;
        this.totals = totals;
        this.pieces = pieces;
        this.earlier = earlier;
    }

    /// <summary>Looks at what earlier syncs left.</summary>
    /// <param name="origin">The origin.</param>
    /// <param name="destination">The destination.</param>
    /// <param name="lease">The lease at the destination.</param>
    /// <param name="dead">Leases of earlier syncs whose process is gone, newest first: their half-sent objects are taken over.</param>
    /// <param name="totals">Counts.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<ObjectTransfer> OpenAsync(
        RepositoryConnection origin,
        RepositoryConnection destination,
        WriterLease lease,
        IReadOnlyList<RecordId> dead,
        TransferTotals totals,
        CancellationToken cancellationToken)
    {
        var pieces = new HashSet<string>(StringComparer.Ordinal);
        await foreach (TemporaryBlob piece in destination.Store.ListTemporariesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (piece.UploadId is { } id)
            {
                pieces.Add(id);
            }
        }

        return new ObjectTransfer(origin, destination, lease, totals, pieces, dead);
    }

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

        await SendAsync(item, cancellationToken).ConfigureAwait(false);
        totals.AddObject(repair);
        if (!await lease.TryRelyAsync(item, cancellationToken).ConfigureAwait(false))
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

    private async Task<bool> StandsAsync(WrittenObject item, bool verify, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in destination.Store.ListAsync(
            RepositoryNames.ObjectCopyPrefix(item.Kind, item.Set, item.Id), cancellationToken).ConfigureAwait(false))
        {
            if (entry.Length == item.Length && !lease.Condemned.Names(entry.Name)
                && (!verify || await ObjectDigest.OfAsync(destination.Store, entry.Name, cancellationToken).ConfigureAwait(false) == item.Hash))
            {
                return true;
            }
        }

        return false;
    }

    private async Task SendAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        PortabilityException? damage = null;
        var copies = new List<BlobEntry>();
        await foreach (BlobEntry entry in origin.Store.ListAsync(RepositoryNames.ObjectCopyPrefix(item.Kind, item.Set, item.Id), cancellationToken).ConfigureAwait(false))
        {
            copies.Add(entry);
        }

        // Each copy twice: what an earlier sync left may be what does not fit, and it is thrown away then.
        foreach (BlobEntry copy in copies.Where(copy => copy.Length == item.Length).SelectMany(copy => new[] { copy, copy }))
        {
            IBlobUpload upload = await OpenUploadAsync(item, cancellationToken).ConfigureAwait(false);
            await using (upload.ConfigureAwait(false))
            {
                try
                {
                    await SendAsync(copy.Name, upload, cancellationToken).ConfigureAwait(false);
                    byte[] hash = new byte[Digest.Size];
                    item.Hash.Write(hash);
                    await upload.CompleteAsync(hash, cancellationToken).ConfigureAwait(false);
                    return;
                }
                catch (IntegrityException exception)
                {
                    damage = exception; // the pieces are thrown away: another copy, or the same from its start, may fit
                }
            }
        }

        throw new IntegrityException(
            copies.Count == 0 ? "ObjectMissing" : "ObjectDamaged",
            $"Failed to send object '{RepositoryNames.StoredObject(item.Kind, item.Set, item.Id)}' of '{origin.Store.Location}': {(copies.Count == 0 ? "it is missing" : "its bytes are not those that the manifest names")}.",
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
            int count = await origin.Store.GetAsync(source, upload.Offset, piece.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw new IntegrityException(
                    "ObjectDamaged", $"Failed to read '{source}': it ends too early.", "Run Test-WorkloadRepository.", source.Value, upload.Offset);
            }

            await upload.AppendAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            totals.AddBytes(count);
        }
    }

    private async Task<IBlobUpload> OpenUploadAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        string id = item.Id.ToString();
        if (pieces.Contains(id))
        {
            // A name that has pieces was never put: taking it over breaks no rule of names.
            foreach (RecordId dead in earlier)
            {
                IBlobUpload left = await destination.Store.OpenUploadAsync(
                    RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, dead), id, item.Length, cancellationToken).ConfigureAwait(false);
                if (left.Offset > 0)
                {
                    return left;
                }

                await left.AbandonAsync(cancellationToken).ConfigureAwait(false);
                await left.DisposeAsync().ConfigureAwait(false);
            }
        }

        return await destination.Store.OpenUploadAsync(
            RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, lease.Id), id, item.Length, cancellationToken).ConfigureAwait(false);
    }
}
