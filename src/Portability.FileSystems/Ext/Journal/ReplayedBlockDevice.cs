using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.FileSystems.Ext.Journal;

/// <summary>
/// A volume as it is after its log: blocks that the log holds are read from where they lie in it. Costs memory for their numbers only; the device
/// below is never written. What begins a log anew is not in it: see <see cref="JournalImage"/>.
/// </summary>
internal sealed class ReplayedBlockDevice : DelegatingBlockDevice
{
    private readonly JournalImage image;
    private readonly int blockSize;
    private readonly ulong[] order;

    /// <summary>Initialises a replayed volume.</summary>
    /// <param name="inner">The volume; owned from now on.</param>
    /// <param name="image">What its log holds.</param>
    /// <param name="blockSize">Size of a block in bytes.</param>
    public ReplayedBlockDevice(IBlockDevice inner, JournalImage image, int blockSize)
        : base(inner)
    {
        this.image = image;
        this.blockSize = blockSize;
        order = [.. image.Blocks.Keys];
        Array.Sort(order);
    }

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => Inner.Capabilities & BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            ulong block = (ulong)(offset / blockSize);
            int inside = (int)(offset % blockSize), count;
            if (image.Blocks.TryGetValue(block, out (long Place, bool IsEscaped) held))
            {
                count = Math.Min(blockSize - inside, buffer.Length);
                await Inner.ReadAsync(held.Place + inside, buffer[..count], cancellationToken).ConfigureAwait(false);
                if (held.IsEscaped)
                {
                    Unescape(buffer.Span[..count], inside);
                }
            }
            else
            {
                count = (int)Math.Min(UntouchedLength(block, offset), buffer.Length);
                await Inner.ReadAsync(offset, buffer[..count], cancellationToken).ConfigureAwait(false);
            }

            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A replayed volume is written through an overlay.");

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) =>
        throw new NotSupportedException("A replayed volume is written through an overlay.");

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in Inner.QueryExtentsAsync(offset, length, cancellationToken).ConfigureAwait(false))
        {
            // A hole over which the log lays a block is told as data, whole: that never hides anything.
            ulong block = (ulong)(extent.Offset / blockSize);
            bool isTouched = image.Blocks.ContainsKey(block) || UntouchedLength(block, extent.Offset) < extent.Length;
            yield return isTouched ? extent with { Kind = ExtentKind.Data } : extent;
        }
    }

    private static void Unescape(Span<byte> part, int inside)
    {
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(magic, JournalSuperblock.Magic);
        if (inside < magic.Length)
        {
            magic[inside..Math.Min(magic.Length, inside + part.Length)].CopyTo(part);
        }
    }

    // Bytes from an offset in a block that the log does not hold to the next that it holds.
    private long UntouchedLength(ulong block, long offset)
    {
        int next = Array.BinarySearch(order, block);
        next = next < 0 ? ~next : next + 1;
        return next == order.Length ? long.MaxValue : (long)(order[next] * (ulong)blockSize) - offset;
    }
}
