namespace Portability.FileSystems.Fat;

/// <summary>Keeps what was found out of the files that are being read: a chain is followed once and not for each piece. Safe for several threads.</summary>
internal sealed class StreamCache
{
    private const int Capacity = 64; // files that are read at once; a chain takes 32 KiB at most
    private readonly Lock changing = new();
    private readonly Dictionary<ulong, ClusterStream> streams = [];
    private readonly Queue<ulong> order = new();

    /// <summary>Looks for a file.</summary>
    /// <param name="number">Number of its id.</param>
    public ClusterStream? Find(ulong number)
    {
        lock (changing)
        {
            return streams.GetValueOrDefault(number);
        }
    }

    /// <summary>Keeps a file, and drops the oldest where there are too many.</summary>
    /// <param name="number">Number of its id.</param>
    /// <param name="stream">What was found out.</param>
    public void Keep(ulong number, ClusterStream stream)
    {
        lock (changing)
        {
            if (streams.TryAdd(number, stream))
            {
                order.Enqueue(number);
                while (order.Count > Capacity)
                {
                    streams.Remove(order.Dequeue());
                }
            }
        }
    }
}
