using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Portability.Disks.Blocks;

/// <summary>A sparse device in memory: pages that were never written take none. For tests, overlays and small files.</summary>
public sealed class MemoryBlockDevice : IResizableBlockDevice
{
    /// <summary>Unit of allocation in bytes.</summary>
    public const int PageSize = 4096;

    private readonly ConcurrentDictionary<long, byte[]> pages = new();
    private long length;

    /// <summary>Initialises an empty device that reads as zeros.</summary>
    /// <param name="length">Length in bytes.</param>
    /// <param name="logicalSectorSize">Sector size in bytes.</param>
    /// <param name="name">Name for messages.</param>
    public MemoryBlockDevice(long length, int logicalSectorSize = 512, string name = "memory")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.length = length;
        LogicalSectorSize = logicalSectorSize;
        Name = name;
    }

    /// <summary>Initialises a device with bytes in it.</summary>
    /// <param name="content">Bytes; copied, pages of zeros left out.</param>
    /// <param name="name">Name for messages.</param>
    public MemoryBlockDevice(ReadOnlySpan<byte> content, string name = "memory")
        : this(content.Length, name: name)
    {
        for (int at = 0; at < content.Length; at += PageSize)
        {
            ReadOnlySpan<byte> part = content.Slice(at, Math.Min(PageSize, content.Length - at));
            if (part.ContainsAnyExcept((byte)0))
            {
                byte[] page = new byte[PageSize];
                part.CopyTo(page);
                pages[at / PageSize] = page;
            }
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length => Volatile.Read(ref length);

    /// <inheritdoc/>
    public int LogicalSectorSize { get; }

    /// <inheritdoc/>
    public BlockDeviceCapabilities Capabilities =>
        BlockDeviceCapabilities.Write | BlockDeviceCapabilities.Trim | BlockDeviceCapabilities.SparseZero | BlockDeviceCapabilities.Extents;

    /// <summary>Bytes that pages take.</summary>
    public long AllocatedBytes => (long)pages.Count * PageSize;

    /// <inheritdoc/>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BlockRange.Check(offset, buffer.Length, Length);
        Span<byte> target = buffer.Span;
        while (target.Length > 0)
        {
            int skip = (int)(offset % PageSize);
            int count = Math.Min(PageSize - skip, target.Length);
            if (pages.TryGetValue(offset / PageSize, out byte[]? page))
            {
                page.AsSpan(skip, count).CopyTo(target);
            }
            else
            {
                target[..count].Clear();
            }

            offset += count;
            target = target[count..];
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BlockRange.Check(offset, buffer.Length, Length);
        ReadOnlySpan<byte> source = buffer.Span;
        while (source.Length > 0)
        {
            int skip = (int)(offset % PageSize);
            int count = Math.Min(PageSize - skip, source.Length);
            source[..count].CopyTo(pages.GetOrAdd(offset / PageSize, static _ => new byte[PageSize]).AsSpan(skip));
            offset += count;
            source = source[count..];
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BlockRange.Check(offset, length, Length);
        Clear(offset, length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) => ZeroAsync(offset, length, cancellationToken);

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ValueTask.CompletedTask.ConfigureAwait(false);
        BlockRange.Check(offset, length, Length);
        long end = offset + length;
        long[] present = [.. pages.Keys.Where(page => page >= offset / PageSize && page * PageSize < end).Order()];
        for (int i = 0; i < present.Length && offset < end; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long start = Math.Max(present[i] * PageSize, offset);
            if (start > offset)
            {
                yield return new BlockExtent(offset, start - offset, ExtentKind.Hole);
            }

            while (i + 1 < present.Length && present[i + 1] == present[i] + 1)
            {
                i++;
            }

            offset = Math.Min((present[i] + 1) * PageSize, end);
            yield return new BlockExtent(start, offset - start, ExtentKind.Data);
        }

        if (offset < end)
        {
            yield return new BlockExtent(offset, end - offset, ExtentKind.Hole);
        }
    }

    /// <inheritdoc/>
    public ValueTask SetLengthAsync(long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        cancellationToken.ThrowIfCancellationRequested();
        long old = Length;
        if (length < old)
        {
            Clear(length, old - length);
        }

        Volatile.Write(ref this.length, length);
        return ValueTask.CompletedTask;
    }

    /// <summary>Does nothing: the bytes stay readable, so that a test can open them again.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Clear(long offset, long length)
    {
        long end = offset + length;
        long first = offset / PageSize;
        long behind = (end + PageSize - 1) / PageSize;
        IEnumerable<long> touched = behind - first <= pages.Count
            ? Enumerable.Range(0, (int)(behind - first)).Select(i => first + i)
            : [.. pages.Keys.Where(page => page >= first && page < behind)];
        foreach (long index in touched)
        {
            long start = Math.Max(index * PageSize, offset);
            long stop = Math.Min((index + 1) * PageSize, end);
            if (stop - start == PageSize)
            {
                pages.TryRemove(index, out _);
            }
            else if (pages.TryGetValue(index, out byte[]? page))
            {
                page.AsSpan((int)(start % PageSize), (int)(stop - start)).Clear();
            }
        }
    }
}
