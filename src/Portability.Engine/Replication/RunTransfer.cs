using Portability.Core.Crypto;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Signers;

namespace Portability.Engine.Replication;

/// <summary>Sends the runs that find blocks. Each is read once, and checked by its signature before it becomes visible.</summary>
/// <remarks>FORMAT.md, section 12. A run that is missing or damaged costs deduplication and the reading of compacted packs, never a signature.</remarks>
internal sealed class RunTransfer
{
    private const int PieceLength = 1 << 20;
    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly RecordId lease;
    private readonly TransferTotals totals;

    public RunTransfer(RepositoryConnection origin, RepositoryConnection destination, RecordId lease, TransferTotals totals)
    {
        this.origin = origin;
        this.destination = destination;
        this.lease = lease;
        this.totals = totals;
    }

    /// <summary>Sends those that the destination lacks.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">A store failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var there = new Dictionary<ObjectId, long>();
        await foreach (BlobEntry entry in destination.Store.ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts))
            {
                there[parts.ObjectId] = entry.Length;
            }
        }

        var missing = new List<(BlobEntry Entry, ObjectId Id, BlobName Target)>();
        await foreach (BlobEntry entry in origin.Store.ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.StoredObject
                && there.GetValueOrDefault(parts.ObjectId) != entry.Length)
            {
                // Beside one of another length, which is damaged, it is put as a copy of its own.
                BlobName target = there.ContainsKey(parts.ObjectId) ? RepositoryNames.StoredObject(ObjectKind.Run, BlockSet.None, parts.ObjectId, lease) : entry.Name;
                there[parts.ObjectId] = entry.Length;
                missing.Add((entry, parts.ObjectId, target));
            }
        }

        foreach ((BlobEntry entry, ObjectId id, BlobName target) in missing)
        {
            await SendAsync(entry, id, target, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(BlobEntry entry, ObjectId id, BlobName target, CancellationToken cancellationToken)
    {
        IBlobUpload upload = await OpenAsync(target, id, entry.Length, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            try
            {
                using var arrival = new RunArrival(origin.Opened.Id, id, entry.Name, entry.Length);
                byte[] piece = new byte[(int)Math.Min(PieceLength, entry.Length)];
                while (upload.Offset < entry.Length)
                {
                    int wanted = (int)Math.Min(piece.Length, entry.Length - upload.Offset);
                    int count = await origin.Store.GetAsync(entry.Name, upload.Offset, piece.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
                    if (count == 0)
                    {
                        break;
                    }

                    arrival.Append(piece.AsSpan(0, count));
                    await upload.AppendAsync(piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                    totals.AddBytes(count);
                }

                await upload.CompleteAsync(arrival.Complete(FindKey), cancellationToken).ConfigureAwait(false);
            }
            catch (PortabilityException exception) when (IsRejected(exception))
            {
                // Rejected before it became visible, or taken away by a collector meanwhile; Test-WorkloadRepository at the origin reports it.
                await upload.AbandonAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // What an earlier sync left of a run is not gone on with: it is checked from its first byte.
    private async Task<IBlobUpload> OpenAsync(BlobName target, ObjectId id, long length, CancellationToken cancellationToken)
    {
        IBlobUpload upload = await destination.Store.OpenUploadAsync(target, id.ToString(), length, cancellationToken).ConfigureAwait(false);
        if (upload.Offset == 0)
        {
            return upload;
        }

        await upload.AbandonAsync(cancellationToken).ConfigureAwait(false);
        await upload.DisposeAsync().ConfigureAwait(false);
        return await destination.Store.OpenUploadAsync(target, id.ToString(), length, cancellationToken).ConfigureAwait(false);
    }

    private static bool IsRejected(PortabilityException exception) =>
        exception is IntegrityException or InvalidFormatException or UnsupportedFeatureException or StorageException { ErrorId: "ObjectNotFound" };

    private VerificationKey? FindKey(KeyFingerprint signer)
    {
        TrustSigner? known = destination.Opened.Trust.FindSigner(signer);
        return known is { IsAdmitted: true } && (known.Rights & (SignerRights.Capture | SignerRights.Compact)) != SignerRights.None ? known.Key : null;
    }
}
