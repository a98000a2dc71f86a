using Portability.Core.Crypto;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Records;

namespace Portability.Engine.Replication;

/// <summary>Tells the leases of syncs that were cut from those that run.</summary>
internal static class SyncHolder
{
    /// <summary>Leases of this member's syncs whose process is gone, newest first.</summary>
    /// <param name="destination">The mirror.</param>
    /// <param name="signer">The key that this member signs with there.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task<IReadOnlyList<RecordId>> FindDeadAsync(RepositoryConnection destination, KeyFingerprint signer, CancellationToken cancellationToken)
    {
        IReadOnlyList<LeaseState> leases = await LeaseDirectory.ListAsync(destination.Opened, cancellationToken).ConfigureAwait(false);
        return [.. leases.Where(lease => lease.Kind == LeaseKind.Sync && !lease.IsEnded && lease.Signer == signer && LeaseHolder.IsDead(lease.Holder)).Select(lease => lease.Lease)];
    }

    /// <summary>Ends the leases of syncs whose process is gone, after their half-sent objects were taken over: no collector waits for them any more.</summary>
    /// <param name="destination">The mirror.</param>
    /// <param name="signer">Signs the end.</param>
    /// <param name="dead">The leases.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async Task EndDeadAsync(RepositoryConnection destination, RecordSigner signer, IReadOnlyList<RecordId> dead, CancellationToken cancellationToken)
    {
        IReadOnlyList<LeaseState> leases = dead.Count == 0 ? [] : await LeaseDirectory.ListAsync(destination.Opened, cancellationToken).ConfigureAwait(false);
        foreach (LeaseState lease in leases.Where(lease => dead.Contains(lease.Lease) && !lease.IsEnded))
        {
            LeaseState end = lease with { Beat = lease.Beat + 1, IsEnded = true, Signer = signer.Fingerprint };
            await destination.Store.PutIfAbsentAsync(RepositoryNames.Lease(end.Lease, end.Beat), end.Sign(signer).Bytes, cancellationToken).ConfigureAwait(false);
        }
    }
}
