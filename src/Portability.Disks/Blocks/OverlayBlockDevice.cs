using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Portability.Disks.Blocks;

/// <summary>
/// A writable view of a device that is never written: what is written goes to a store, cluster by cluster, and is read from there.
/// Clusters are taken under a lock; reading, and writing into a cluster that was taken, need none.
/// </summary>
public sealed class OverlayBlockDevice : DelegatingBlockDevice
{
    /// <summary>Unit that is copied from the device at its first partial write, in bytes.</summary>
    public const int ClusterSize = 65536;

    private const long ZeroCluster = -1;

    private readonly IResizableBlockDevice store;
    private readonly long maximumBytes;
    private readonly ConcurrentDictionary<long, long> clusters = new();
    private readonly SemaphoreSlim taking = new(1, 1);

    /// <summary>Initialises an overlay.</summary>
    /// <param name="inner">The device below; owned from now on, only read.</param>
    /// <param name="store">An empty store for what is written: memory, or a temporary file; owned from now on.</param>
    /// <param name="maximumBytes">Most bytes that the store may take; a write beyond is refused.</param>
    public OverlayBlockDevice(IBlockDevice inner, IResizableBlockDevice store, long maximumBytes)
        : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(store.Length, 0);
        this.store = store;
        this.maximumBytes = maximumBytes;
    }

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities =>
        BlockDeviceCapabilities.Write | BlockDeviceCapabilities.SparseZero | (Inner.Capabilities & BlockDeviceCapabilities.Extents);

    /// <summary>Bytes that the store has taken.</summary>
    public long StoredBytes => store.Length;

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long slot = Slot(offset / ClusterSize, out bool isOwn);
            int count = (int)Math.Min(isOwn ? ClusterSize - (offset % ClusterSize) : UntouchedLength(offset, buffer.Length), buffer.Length);
            Memory<byte> part = buffer[..count];
            if (!isOwn)
            {
                await Inner.ReadAsync(offset, part, cancellationToken).ConfigureAwait(false);
            }
            else if (slot == ZeroCluster)
            {
                part.Span.Clear();
            }
            else
            {
                await store.ReadAsync(slot + (offset % ClusterSize), part, cancellationToken).ConfigureAwait(false);
            }

            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            int count = (int)Math.Min(ClusterSize - (offset % ClusterSize), buffer.Length);
            long slot = await TakeAsync(offset / ClusterSize, cancellationToken).ConfigureAwait(false);
            await store.WriteAsync(slot + (offset % ClusterSize), buffer[..count], cancellationToken).ConfigureAwait(false);
            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        while (length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long cluster = offset / ClusterSize;
            long count = Math.Min(ClusterSize - (offset % ClusterSize), length);
            bool isWhole = offset % ClusterSize == 0 && (count == ClusterSize || offset + count == Length);
            if (!isWhole || !clusters.TryAdd(cluster, ZeroCluster))
            {
                long slot = isWhole ? Slot(cluster, out _) : await TakeAsync(cluster, cancellationToken).ConfigureAwait(false);
                if (slot != ZeroCluster)
                {
                    await store.ZeroAsync(slot + (offset % ClusterSize), count, cancellationToken).ConfigureAwait(false);
                }
            }

            offset += count;
            length -= count;
        }
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken) => store.FlushAsync(cancellationToken);

    /// <summary>Lists what was written: the extents, whole clusters cut at the device's end, that may differ from the device below.</summary>
    public IEnumerable<BlockExtent> ListWritten() =>
        clusters.ToArray().OrderBy(pair => pair.Key).Select(pair => new BlockExtent(
            pair.Key * ClusterSize,
            Math.Min(ClusterSize, Length - (pair.Key * ClusterSize)),
            pair.Value == ZeroCluster ? ExtentKind.Zero : ExtentKind.Data));

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        long end = offset + length;
        foreach (BlockExtent written in ListWritten().Append(new BlockExtent(long.MaxValue, 0, ExtentKind.Data)))
        {
            if (written.Length > 0 && written.End <= offset)
            {
                continue;
            }

            long below = Math.Min(written.Offset, end);
            if (below > offset)
            {
                await foreach (BlockExtent extent in Inner.QueryExtentsAsync(offset, below - offset, cancellationToken).ConfigureAwait(false))
                {
                    yield return extent;
                }

                offset = below;
            }

            if (offset >= end)
            {
                yield break;
            }

            long stop = Math.Min(written.End, end);
            yield return new BlockExtent(offset, stop - offset, written.Kind);
            offset = stop;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        taking.Dispose();
        await store.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private long Slot(long cluster, out bool isOwn)
    {
        isOwn = clusters.TryGetValue(cluster, out long slot);
        return slot;
    }

    private long UntouchedLength(long offset, long wanted)
    {
        long cluster = (offset / ClusterSize) + 1;
        while ((cluster * ClusterSize) - offset < wanted && !clusters.ContainsKey(cluster))
        {
            cluster++;
        }

        return (cluster * ClusterSize) - offset;
    }

    private async ValueTask<long> TakeAsync(long cluster, CancellationToken cancellationToken)
    {
        if (Slot(cluster, out bool isOwn) is var slot && isOwn && slot != ZeroCluster)
        {
            return slot;
        }

        await taking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            slot = Slot(cluster, out isOwn);
            if (isOwn && slot != ZeroCluster)
            {
                return slot;
            }

            long start = store.Length;
            if (start + ClusterSize > maximumBytes)
            {
                throw new StorageException(
                    "OverlayFull",
                    ErrorKind.Limit,
                    FormattableString.Invariant($"Failed to write '{Name}': what was changed takes {start} bytes, {maximumBytes} are allowed."),
                    "Allow more space for changes, or write to a copy made with Restore-WorkloadImage.",
                    Name);
            }

            await store.SetLengthAsync(start + ClusterSize, cancellationToken).ConfigureAwait(false);
            if (!isOwn)
            {
                await CopyUpAsync(cluster, start, cancellationToken).ConfigureAwait(false);
            }

            clusters[cluster] = start;
            return start;
        }
        finally
        {
            taking.Release();
        }
    }

    private async ValueTask CopyUpAsync(long cluster, long slot, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ClusterSize);
        try
        {
            long at = cluster * ClusterSize;
            Memory<byte> old = buffer.AsMemory(0, (int)Math.Min(ClusterSize, Length - at));
            await Inner.ReadAsync(at, old, cancellationToken).ConfigureAwait(false);
            await store.WriteAsync(slot, old, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
