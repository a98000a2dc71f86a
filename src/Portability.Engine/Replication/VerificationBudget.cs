namespace Portability.Engine.Replication;

/// <summary>
/// How much of what a mirror already holds one sync reads again. Where the mirror's bytes are near (on this machine, or the sync runs at the
/// mirror's side) 1 GiB; else one 64th of what was sent, since reading again crosses the wire. Thread-safe.
/// </summary>
internal sealed class VerificationBudget
{
    /// <summary>Bytes that a sync reads again where they are near.</summary>
    public const long NearBytes = 1L << 30;

    /// <summary>What part of the bytes sent may be read again where they are far.</summary>
    public const int FarShare = 64;

    // Small objects cost a call each.
    private const int MaximumObjects = 16_384;

    private readonly bool all;
    private long bytesLeft;
    private int objectsLeft = MaximumObjects;

    /// <summary>Initialises a budget.</summary>
    /// <param name="all">True for everything.</param>
    /// <param name="isNear">True if the mirror's bytes are near.</param>
    /// <param name="bytesSent">Bytes that this sync has sent.</param>
    public VerificationBudget(bool all, bool isNear, long bytesSent)
    {
        this.all = all;
        bytesLeft = isNear ? NearBytes : bytesSent / FarShare;
    }

    /// <summary>Takes an object from the budget.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>False if the budget does not reach: the review ends there.</returns>
    public bool TryTake(long length) => all || (Interlocked.Add(ref bytesLeft, -length) >= 0 && Interlocked.Decrement(ref objectsLeft) >= 0);
}
