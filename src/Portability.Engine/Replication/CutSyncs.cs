using Portability.Core.Crypto;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;

namespace Portability.Engine.Replication;

/// <summary>The syncs of this machine to one mirror that were cut: what they left half-sent is taken over, their leases are ended.</summary>
internal sealed class CutSyncs
{
    private readonly RepositoryConnection destination;
    private readonly Guid instance;

    private CutSyncs(RepositoryConnection destination, Guid instance, IReadOnlyList<RecordId> leases)
    {
        this.destination = destination;
        this.instance = instance;
        Leases = leases;
    }

    /// <summary>Their leases.</summary>
    public IReadOnlyList<RecordId> Leases { get; }

    /// <summary>Looks for them.</summary>
    /// <param name="destination">The mirror.</param>
    public static CutSyncs Find(RepositoryConnection destination)
    {
        Guid instance = destination.Opened.Instance?.Id ?? Guid.Empty;
        return new CutSyncs(destination, instance, SyncLock.FindCut(destination.Environment.StateDirectory, instance));
    }

    /// <summary>Ends their leases after a sync that went well, so that no collector waits for them, and forgets them where nothing of theirs is left.</summary>
    /// <param name="signer">The key that this machine signs leases with there.</param>
    /// <param name="isPieceLeft">True if half-sent objects are still there: then they are kept in mind for the next sync.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task EndAsync(RecordSigner signer, bool isPieceLeft, CancellationToken cancellationToken)
    {
        foreach (RecordId id in Leases)
        {
            LeaseState? lease = await LeaseDirectory.ReadAsync(destination.Opened, id, cancellationToken).ConfigureAwait(false);
            if (lease is { IsEnded: false } && IsOwn(lease, signer.Fingerprint))
            {
                LeaseState end = lease with { Beat = lease.Beat + 1, IsEnded = true, Signer = signer.Fingerprint };
                await destination.Store.PutIfAbsentAsync(RepositoryNames.Lease(end.Lease, end.Beat), end.Sign(signer).Bytes, cancellationToken).ConfigureAwait(false);
            }

            if (!isPieceLeft)
            {
                SyncLock.Forget(destination.Environment.StateDirectory, instance, id);
            }
        }
    }

    private bool IsOwn(LeaseState lease, KeyFingerprint signer) =>
        lease.Kind == LeaseKind.Sync && (lease.Signer == signer || lease.Signer == destination.Opened.Signer?.Fingerprint);
}
