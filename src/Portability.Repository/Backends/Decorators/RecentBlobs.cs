namespace Portability.Repository.Backends;

/// <summary>The objects that a cache read last, whole, up to a number of bytes: what is read piece by piece is read from the disk and hashed once. Thread-safe.</summary>
internal sealed class RecentBlobs
{
    // Shorter ones are read whole by whoever reads them.
    private const int MinimumLength = 16 << 10;

    private readonly Lock gate = new();
    private readonly Dictionary<BlobName, LinkedListNode<(BlobName Name, byte[] Content)>> entries = [];
    private readonly LinkedList<(BlobName Name, byte[] Content)> byUse = [];
    private readonly long capacity;
    private long length;

    /// <summary>Initialises without any object.</summary>
    /// <param name="capacity">Bytes that are kept.</param>
    public RecentBlobs(long capacity) => this.capacity = capacity;

    /// <summary>An object, or null.</summary>
    public byte[]? Find(BlobName name)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(name, out LinkedListNode<(BlobName Name, byte[] Content)>? node))
            {
                return null;
            }

            byUse.Remove(node);
            byUse.AddFirst(node);
            return node.Value.Content;
        }
    }

    /// <summary>Keeps an object; the array is not changed by anyone from now on.</summary>
    public void Keep(BlobName name, byte[] content)
    {
        if (content.Length < MinimumLength || content.Length > capacity)
        {
            return;
        }

        lock (gate)
        {
            if (entries.TryAdd(name, null!))
            {
                entries[name] = byUse.AddFirst((name, content));
                length += content.Length;
            }

            while (length > capacity && byUse.Last is { } last)
            {
                Drop(last);
            }
        }
    }

    /// <summary>Forgets an object.</summary>
    public void Remove(BlobName name)
    {
        lock (gate)
        {
            if (entries.TryGetValue(name, out LinkedListNode<(BlobName Name, byte[] Content)>? node))
            {
                Drop(node);
            }
        }
    }

    private void Drop(LinkedListNode<(BlobName Name, byte[] Content)> node)
    {
        entries.Remove(node.Value.Name);
        byUse.Remove(node);
        length -= node.Value.Content.Length;
    }
}
