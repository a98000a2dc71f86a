namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The fingerprints of all states seen, shared by threads without a lock.</summary>
internal sealed class VisitedStates
{
    private readonly ulong[] table;
    private readonly ulong mask;
    private readonly long limit;
    private long count;

    public VisitedStates(int bits)
    {
        table = new ulong[1L << bits];
        mask = (1UL << bits) - 1;
        limit = (long)((1UL << bits) * 0.9);
    }

    public long Count => Interlocked.Read(ref count);

    /// <summary>True if the fingerprint was not there.</summary>
    public bool Add(ulong fingerprint)
    {
        fingerprint = fingerprint == 0 ? 1 : fingerprint;
        for (var slot = fingerprint & mask; ; slot = (slot + 1) & mask)
        {
            var there = Volatile.Read(ref table[slot]);
            if (there == 0)
            {
                there = Interlocked.CompareExchange(ref table[slot], fingerprint, 0);
                if (there == 0)
                {
                    if (Interlocked.Increment(ref count) > limit)
                    {
                        throw new InvalidOperationException($"More than {limit} states: raise the capacity of the setup.");
                    }

                    return true;
                }
            }

            if (there == fingerprint)
            {
                return false;
            }
        }
    }
}
