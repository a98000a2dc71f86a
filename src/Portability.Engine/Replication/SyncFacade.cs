using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Engine.Replication;

/// <summary>
/// Keeps a mirror equal: sends what is missing there, in an order that is safe to cut anywhere, verifies each object on arrival without a key, and leaves a
/// signed receipt. Run from either side it takes the same steps. Thread-safe.
/// </summary>
/// <remarks>FORMAT.md, section 15.</remarks>
public sealed class SyncFacade
{
    /// <summary>Syncs a repository to a mirror.</summary>
    /// <param name="origin">The origin; a key is not needed.</param>
    /// <param name="options">What is sent where.</param>
    /// <param name="observer">Hears of progress and of what is remarkable.</param>
    /// <param name="cancellationToken">Cancels the call; what was sent is kept, and the next sync goes on from there.</param>
    /// <returns>The snapshots as they now stand at the destination; the caller disposes its connection.</returns>
    /// <exception cref="RepositoryException">`RepositoryMismatch`, `MirrorIsOrigin`, `InstanceVanished`, `TrustRolledBack`, `TrustForked`, `RolledBack`, `ManifestConflict`, `MirrorSignerUnknown`, `SnapshotNotFound`.</exception>
    /// <exception cref="PortabilityException">Reading, verifying or writing failed.</exception>
    public async Task<SyncResult> SyncAsync(RepositoryConnection origin, SyncOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        await origin.Opened.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        RepositoryConnection destination = await MirrorOpener.OpenAsync(origin, options, observer, cancellationToken).ConfigureAwait(false);
        try
        {
            return await SyncAsync(origin, destination, options, observer, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            destination.Dispose();
            throw;
        }
    }

    private static async Task<SyncResult> SyncAsync(
        RepositoryConnection origin, RepositoryConnection destination, SyncOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        RecordSigner signer = RequireSigner(origin.Opened, destination.Opened);
        CutSyncs cut = CutSyncs.Find(destination);
        var totals = new TransferTotals();
        var request = new LeaseRequest { Kind = LeaseKind.Sync, Holder = LeaseHolder.Describe() };
        HeldLease held = await HeldLease.OpenAsync(destination, signer, request, observer, cancellationToken).ConfigureAwait(false);
        await using (held.ConfigureAwait(false))
        {
            using var running = SyncLock.Open(destination.Environment.StateDirectory, destination.Opened.Instance?.Id ?? Guid.Empty, held.Lease.Id);
            IReadOnlyList<CatalogEntry> sent = await held.RunAsync(async token =>
            {
                ObjectTransfer transfer = await ObjectTransfer.OpenAsync(origin, destination, held.Lease, cut.Leases, totals, token).ConfigureAwait(false);
                IReadOnlyList<CatalogEntry> standing = await new SyncRun(origin, destination, held.Lease, transfer, options, totals, observer).RunAsync(token).ConfigureAwait(false);
                await cut.EndAsync(signer, transfer.IsPieceLeft, token).ConfigureAwait(false);
                return standing;
            }).ConfigureAwait(false);
            running.Complete();
            return new SyncResult
            {
                Destination = destination,
                Snapshots = [.. sent.Select(entry => SnapshotDescription.Of(destination, entry))],
                BytesSent = totals.Bytes,
                ObjectsSent = totals.Objects,
                ObjectsRepaired = totals.Repaired,
            };
        }
    }

    private static RecordSigner RequireSigner(OpenRepository origin, OpenRepository mirror)
    {
        if (mirror.ReceiptSigner is { } receipt)
        {
            return receipt;
        }

        RecordSigner own = mirror.Signer ?? throw new InvalidOperationException("The connection to a mirror has a signing key.");
        return mirror.Trust.HasAnyRight(own.Fingerprint)
            ? own
            : throw new RepositoryException(
                "MirrorSignerUnknown",
                ErrorKind.Denied,
                $"Failed to sync to '{mirror.Store.Location}': neither its receipt key nor an admitted signing key is in this machine's state directory, so nothing would protect what is being sent.",
                $"Sync from the machine that made the mirror, or let an owner type: {SignerAdmission.Command(origin.Store.Location, own.PublicKey, SignerRights.Capture, workload: null)}",
                mirror.Store.Location);
    }
}
