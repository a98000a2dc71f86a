namespace Portability.Disks.Formats;

/// <summary>Keeps the most recently used blocks of bytes within a fixed amount of memory. Thread-safe; blocks must not be changed.</summary>
/// <param name="capacity">Bytes that blocks may take together; at least one block is always kept.</param>
internal sealed class BlockCache(long capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<long, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> recent = new();
    private long used;

    /// <summary>Finds a block.</summary>
    /// <param name="key">What it was kept under.</param>
    /// <returns>The block, or null.</returns>
    public byte[]? Find(long key)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                return null;
            }

            if (recent.First != node)
            {
                recent.Remove(node);
                recent.AddFirst(node);
            }

            return node.Value.Block;
        }
    }

    /// <summary>Keeps a block and lets the least recently used ones go. A block already kept under the key stays.</summary>
    /// <param name="key">What to keep it under.</param>
    /// <param name="block">The block; the cache's from now on.</param>
    public void Keep(long key, byte[] block)
    {
        lock (gate)
        {
            if (entries.ContainsKey(key))
            {
                return;
            }

            entries.Add(key, recent.AddFirst(new Entry(key, block)));
            used += block.Length;
            while (used > capacity && recent.Last is { } last && last != recent.First)
            {
                recent.RemoveLast();
                entries.Remove(last.Value.Key);
                used -= last.Value.Block.Length;
            }
        }
    }

    private readonly record struct Entry(long Key, byte[] Block);
}
