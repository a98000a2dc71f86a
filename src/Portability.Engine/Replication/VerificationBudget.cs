namespace Portability.Engine.Replication;

/// <summary>
/// How much of what a destination already holds one sync reads again: the first objects in the order of the reference trees, up to a fixed
/// number of bytes. Damage behind that is found by <c>-Verify</c>, which reads all, or by <c>Test-WorkloadRepository</c>. Thread-safe.
/// </summary>
internal sealed class VerificationBudget
{
    /// <summary>Bytes that a sync reads again by default.</summary>
    public const long DefaultBytes = 1L << 30;

    private readonly bool all;
    private long left = DefaultBytes;

    public VerificationBudget(bool all) => this.all = all;

    /// <summary>Takes an object's length from the budget.</summary>
    /// <param name="length">Length in bytes.</param>
    /// <returns>True if it shall be read.</returns>
    public bool TryTake(long length) => all || Interlocked.Add(ref left, -length) >= 0;
}
