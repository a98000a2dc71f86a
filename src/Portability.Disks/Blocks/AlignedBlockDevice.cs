using System.Buffers;

namespace Portability.Disks.Blocks;

/// <summary>
/// Lets any range be read and written on a device that takes whole sectors only. A write that covers a sector in part reads it
/// first: such writes to one sector must not run side by side with others, and are held apart here.
/// </summary>
public sealed class AlignedBlockDevice : DelegatingBlockDevice
{
    private readonly int alignment;
    private readonly SemaphoreSlim partialWrites = new(1, 1);

    /// <summary>Initialises a decorator.</summary>
    /// <param name="inner">The device inside; owned from now on. Its length is a multiple of the alignment.</param>
    /// <param name="alignment">Unit of offsets and lengths in bytes, a power of two.</param>
    public AlignedBlockDevice(IBlockDevice inner, int alignment)
        : base(inner)
    {
        this.alignment = alignment;
    }

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        if (IsAligned(offset) && IsAligned(buffer.Length))
        {
            await Inner.ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false);
            return;
        }

        long start = Down(offset);
        int count = checked((int)(Up(offset + buffer.Length) - start));
        byte[] whole = ArrayPool<byte>.Shared.Rent(count);
        try
        {
            await Inner.ReadAsync(start, whole.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            whole.AsMemory((int)(offset - start), buffer.Length).CopyTo(buffer);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(whole);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            if (IsAligned(offset) && buffer.Length >= alignment)
            {
                int count = (int)Down(buffer.Length);
                await Inner.WriteAsync(offset, buffer[..count], cancellationToken).ConfigureAwait(false);
                offset += count;
                buffer = buffer[count..];
            }
            else
            {
                int count = (int)Math.Min(Down(offset) + alignment - offset, buffer.Length);
                await WritePartAsync(offset, buffer[..count], cancellationToken).ConfigureAwait(false);
                offset += count;
                buffer = buffer[count..];
            }
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        long end = offset + length;
        long first = Math.Min(Up(offset), end);
        long last = Math.Max(Down(end), first);
        await WriteAsync(offset, new byte[first - offset], cancellationToken).ConfigureAwait(false);
        if (last > first)
        {
            await Inner.ZeroAsync(first, last - first, cancellationToken).ConfigureAwait(false);
        }

        await WriteAsync(last, new byte[end - last], cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        long first = Up(offset);
        long last = Down(offset + length);
        return last > first ? Inner.TrimAsync(first, last - first, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        partialWrites.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask WritePartAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        byte[] sector = new byte[alignment];
        await partialWrites.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Inner.ReadAsync(Down(offset), sector, cancellationToken).ConfigureAwait(false);
            buffer.CopyTo(sector.AsMemory((int)(offset - Down(offset))));
            await Inner.WriteAsync(Down(offset), sector, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            partialWrites.Release();
        }
    }

    private bool IsAligned(long value) => (value & (alignment - 1)) == 0;

    private long Down(long value) => value & ~(alignment - 1L);

    private long Up(long value) => Down(value + alignment - 1);
}
