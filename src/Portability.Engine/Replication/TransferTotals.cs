namespace Portability.Engine.Replication;

/// <summary>Counts what a sync sends. Thread-safe.</summary>
internal sealed class TransferTotals
{
    private long bytes;
    private long objects;
    private long repaired;

    public long Bytes => Interlocked.Read(ref bytes);

    public long Objects => Interlocked.Read(ref objects);

    public long Repaired => Interlocked.Read(ref repaired);

    public void AddBytes(long count) => Interlocked.Add(ref bytes, count);

    public void AddObject(bool repair)
    {
        Interlocked.Increment(ref objects);
        if (repair)
        {
            Interlocked.Increment(ref repaired);
        }
    }
}
