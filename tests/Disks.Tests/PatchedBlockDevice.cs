using System.Buffers.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Tests;

/// <summary>A device with a few bytes changed, and perhaps cut short, without a copy of it.</summary>
internal sealed class PatchedBlockDevice(MemoryBlockDevice inner) : DelegatingBlockDevice(inner)
{
    private readonly List<(long Offset, byte[] Bytes)> patches = [];
    private long? length;

    public override long Length => length ?? Inner.Length;

    public override BlockDeviceCapabilities Capabilities => Inner.Capabilities & BlockDeviceCapabilities.Extents;

    public void Cut(long to) => length = to;

    public void Patch(long offset, byte[] bytes)
    {
        if (offset >= 0 && offset + bytes.Length <= Length)
        {
            patches.Add((offset, bytes));
        }
    }

    public void Patch(long offset, uint value, bool bigEndian)
    {
        byte[] bytes = new byte[sizeof(uint)];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        }

        Patch(offset, bytes);
    }

    /// <summary>True if anything in a range was changed.</summary>
    public bool Touches(long offset, int count) =>
        patches.Any(patch => patch.Offset < offset + count && patch.Offset + patch.Bytes.Length > offset);

    /// <summary>Reads now; the device inside is in memory.</summary>
    public byte[] Read(long offset, int count)
    {
        byte[] bytes = new byte[count];
        ReadAsync(offset, bytes, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        return bytes;
    }

    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        await Inner.ReadAsync(offset, buffer, cancellationToken);
        foreach ((long at, byte[] bytes) in patches)
        {
            long start = Math.Max(at, offset);
            long end = Math.Min(at + bytes.Length, offset + buffer.Length);
            if (start < end)
            {
                bytes.AsSpan((int)(start - at), (int)(end - start)).CopyTo(buffer.Span[(int)(start - offset)..]);
            }
        }
    }

    public override IAsyncEnumerable<BlockExtent> QueryExtentsAsync(long offset, long length, CancellationToken cancellationToken) =>
        AsyncEnumerable.Repeat(new BlockExtent(offset, length, ExtentKind.Data), length > 0 ? 1 : 0);
}
