using System.Collections.Concurrent;

namespace Portability.Disks.Blocks;

/// <summary>
/// Keeps pages that were read, up to a bound, the oldest dropped first: for readers that look at the same small structures again and
/// again. Long reads pass by it. Writes go through and drop the pages they touch.
/// </summary>
public sealed class CachingBlockDevice : DelegatingBlockDevice
{
    /// <summary>Size of a page in bytes.</summary>
    public const int PageSize = 65536;

    private const int LongRead = 4 * PageSize;

    private readonly int capacity;
    private readonly ConcurrentDictionary<long, byte[]> pages = new();
    private readonly ConcurrentQueue<long> order = new();
    private readonly Lock changing = new();
    private long version;

    /// <summary>Initialises a cache.</summary>
    /// <param name="inner">The device inside; owned from now on.</param>
    /// <param name="maximumBytes">Most bytes kept; at least one page is.</param>
    public CachingBlockDevice(IBlockDevice inner, long maximumBytes)
        : base(inner)
    {
        capacity = (int)Math.Clamp(maximumBytes / PageSize, 1, int.MaxValue);
    }

    /// <summary>Bytes of the pages that are kept.</summary>
    public long CachedBytes => (long)pages.Count * PageSize;

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        if (buffer.Length >= LongRead)
        {
            await Inner.ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
            return;
        }

        cancellationToken.ThrowIfCancellationRequested();
        while (buffer.Length > 0)
        {
            long number = offset / PageSize;
            if (!pages.TryGetValue(number, out byte[]? page))
            {
                page = await LoadAsync(number, cancellationToken).ConfigureAwait(false);
            }

            int skip = (int)(offset % PageSize);
            int count = Math.Min(PageSize - skip, buffer.Length);
            page.AsMemory(skip, count).CopyTo(buffer);
            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.WriteAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Drop(offset, buffer.Length);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.ZeroAsync(offset, length, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Drop(offset, length);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        try
        {
            await Inner.TrimAsync(offset, length, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Drop(offset, length);
        }
    }

    private async ValueTask<byte[]> LoadAsync(long number, CancellationToken cancellationToken)
    {
        long before = Volatile.Read(ref version);
        byte[] page = new byte[(int)Math.Min(PageSize, Length - (number * PageSize))];
        await Inner.ReadAsync(number * PageSize, page, cancellationToken).ConfigureAwait(false);
        lock (changing)
        {
            // A page that was read before a write ended may be old: used by this call only.
            if (version == before && pages.TryAdd(number, page))
            {
                order.Enqueue(number);
                while (order.Count > capacity && order.TryDequeue(out long oldest))
                {
                    pages.TryRemove(oldest, out _);
                }
            }
        }

        return page;
    }

    private void Drop(long offset, long length)
    {
        lock (changing)
        {
            version++;
            foreach (long number in pages.Keys.Where(number => number * PageSize < offset + length && (number + 1) * PageSize > offset))
            {
                pages.TryRemove(number, out _);
            }
        }
    }
}
