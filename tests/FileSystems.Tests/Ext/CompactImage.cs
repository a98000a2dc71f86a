using Portability.Disks.Blocks;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>An image without its blocks of zeros, to be changed at random: what is left is all that matters, and it is small.</summary>
internal sealed class CompactImage
{
    private const int BlockSize = 1024;

    private readonly int[] places;
    private readonly long length;

    /// <summary>Takes the blocks that hold something, and those that are named.</summary>
    public CompactImage(byte[] image, params long[] more)
    {
        length = image.Length;
        places = new int[image.Length / BlockSize];
        var bytes = new List<byte>();
        for (int block = 0; block < places.Length; block++)
        {
            ReadOnlySpan<byte> source = image.AsSpan(block * BlockSize, BlockSize);
            places[block] = source.ContainsAnyExcept((byte)0) || more.Contains((long)block * BlockSize) ? bytes.Count : -1;
            if (places[block] >= 0)
            {
                bytes.AddRange(source);
            }
        }

        Bytes = [.. bytes];
    }

    /// <summary>The blocks one after the other.</summary>
    public byte[] Bytes { get; }

    /// <summary>Where an offset of the image lies in the bytes.</summary>
    public int PlaceOf(long offset) => places[offset / BlockSize] + (int)(offset % BlockSize);

    /// <summary>The image, with changed bytes; a block that they no longer hold is zeros.</summary>
    public IBlockDevice Device(ReadOnlyMemory<byte> changed) => new View(this, changed);

    private sealed class View(CompactImage image, ReadOnlyMemory<byte> bytes) : DelegatingBlockDevice(new ZeroBlockDevice(image.length))
    {
        public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
        {
            if (offset < 0 || buffer.Length > Length - offset)
            {
                throw new ArgumentOutOfRangeException(nameof(offset));
            }

            Span<byte> target = buffer.Span;
            while (target.Length > 0)
            {
                int inside = (int)(offset % BlockSize), count = Math.Min(BlockSize - inside, target.Length), place = image.places[offset / BlockSize];
                ReadOnlySpan<byte> held = place < 0 || place >= bytes.Length ? default : bytes.Span[place..];
                held = held.Length <= inside ? default : held.Slice(inside, Math.Min(held.Length - inside, count));
                held.CopyTo(target);
                target[held.Length..count].Clear();
                target = target[count..];
                offset += count;
            }

            return ValueTask.CompletedTask;
        }
    }
}
