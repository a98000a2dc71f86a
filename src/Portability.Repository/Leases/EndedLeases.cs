using System.Collections.Concurrent;
using Portability.Repository.Records;
using Portability.Repository.Signers;

namespace Portability.Repository.Leases;

/// <summary>
/// Leases that were seen to have ended, which stays so: who beats after a collector removed the lease finds that out and ends it once more (FORMAT.md section 13).
/// As long as a listing shows no later beat, none need be read again. Thread-safe.
/// </summary>
internal sealed class EndedLeases
{
    private readonly ConcurrentDictionary<RecordId, (LeaseState State, long Trust)> known = new();

    /// <summary>Finds a lease that has ended.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="newest">Number of its newest beat as listed.</param>
    /// <param name="trust">The trust chain: another one may count other beats.</param>
    /// <returns>Null if it must be read.</returns>
    public LeaseState? Find(RecordId lease, long newest, TrustChain trust) =>
        known.TryGetValue(lease, out (LeaseState State, long Trust) entry) && entry.State.Beat == newest && entry.Trust == trust.Number ? entry.State : null;

    /// <summary>Notes what was read.</summary>
    /// <param name="found">A lease by its newest beat that counts.</param>
    /// <param name="trust">The trust chain by which it counts.</param>
    public void Note(LeaseState found, TrustChain trust)
    {
        if (found.IsEnded)
        {
            known[found.Lease] = (found, trust.Number);
        }
    }
}
