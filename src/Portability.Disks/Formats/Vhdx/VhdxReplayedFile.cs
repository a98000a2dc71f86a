using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>A VHDX file as it would be after its log was replayed; the file itself stays as it is.</summary>
/// <remarks>[MS-VHDX] 2.3.3. Built once, then only read, from any number of threads.</remarks>
internal sealed class VhdxReplayedFile : DelegatingBlockDevice
{
    private const int SectorSize = VhdxLogSector.Size;

    private readonly byte[] log;
    private readonly Dictionary<long, (VhdxLogDescriptor Descriptor, int DataOffset)> sectors = [];
    private readonly List<(long Start, long End)> zeros = [];

    /// <summary>Applies the entries of a log.</summary>
    /// <param name="inner">The file; owned from now on.</param>
    /// <param name="log">Bytes of the log; kept.</param>
    /// <param name="writes">What the entries write, oldest first.</param>
    /// <param name="length">Length of the file after replay, in bytes.</param>
    public VhdxReplayedFile(IBlockDevice inner, byte[] log, IEnumerable<(VhdxLogDescriptor Descriptor, int DataOffset)> writes, long length)
        : base(inner)
    {
        this.log = log;
        var order = new SortedSet<long>();
        var ranges = new List<(long Start, long End)>();
        foreach ((VhdxLogDescriptor descriptor, int dataOffset) in writes)
        {
            long first = (long)descriptor.FileOffset / SectorSize;
            if (!descriptor.IsZero)
            {
                sectors[first] = (descriptor, dataOffset);
                order.Add(first);
                length = Math.Max(length, (first + 1) * SectorSize);
            }
            else if (descriptor.LeadingBytes > 0)
            {
                long end = first + ((long)descriptor.LeadingBytes / SectorSize);
                foreach (long covered in order.GetViewBetween(first, end - 1).ToList())
                {
                    order.Remove(covered);
                    sectors.Remove(covered);
                }

                ranges.Add((first * SectorSize, end * SectorSize));
                length = Math.Max(length, end * SectorSize);
            }
        }

        Length = length;
        foreach ((long start, long end) in ranges.Order())
        {
            if (zeros.Count > 0 && start <= zeros[^1].End)
            {
                zeros[^1] = (zeros[^1].Start, Math.Max(zeros[^1].End, end));
            }
            else
            {
                zeros.Add((start, end));
            }
        }
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => Inner.Capabilities & BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public override async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        int stored = (int)Math.Clamp(Inner.Length - offset, 0, buffer.Length);
        await Inner.ReadAsync(Math.Min(offset, Inner.Length), buffer[..stored], cancellationToken).ConfigureAwait(false);
        buffer.Span[stored..].Clear();
        Apply(offset, buffer.Span);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw Refused();

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) => throw Refused();

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        if (length == 0)
        {
            yield break;
        }

        // Where the log writes, nothing is said of holes.
        if (sectors.Keys.Any(sector => sector * SectorSize < offset + length && (sector + 1) * SectorSize > offset))
        {
            yield return new BlockExtent(offset, length, ExtentKind.Data);
            yield break;
        }

        long stored = Math.Clamp(Inner.Length - offset, 0, length);
        if (stored > 0)
        {
            await foreach (BlockExtent extent in Inner.QueryExtentsAsync(offset, stored, cancellationToken).ConfigureAwait(false))
            {
                yield return extent;
            }
        }

        if (stored < length)
        {
            yield return new BlockExtent(offset + stored, length - stored, ExtentKind.Hole);
        }
    }

    private static NotSupportedException Refused() => new("The file is open for reading only.");

    private void Apply(long offset, Span<byte> buffer)
    {
        long end = offset + buffer.Length;
        for (int i = FirstZeroBehind(offset); i < zeros.Count && zeros[i].Start < end; i++)
        {
            long start = Math.Max(zeros[i].Start, offset);
            buffer[(int)(start - offset)..(int)(Math.Min(zeros[i].End, end) - offset)].Clear();
        }

        Span<byte> sector = stackalloc byte[SectorSize];
        for (long number = offset / SectorSize; number * SectorSize < end; number++)
        {
            if (sectors.TryGetValue(number, out (VhdxLogDescriptor Descriptor, int DataOffset) write))
            {
                VhdxLogSector.Restore(log.AsSpan(write.DataOffset, SectorSize), write.Descriptor, sector);
                long start = Math.Max(number * SectorSize, offset);
                long stop = Math.Min((number + 1) * SectorSize, end);
                sector[(int)(start - (number * SectorSize))..(int)(stop - (number * SectorSize))].CopyTo(buffer[(int)(start - offset)..]);
            }
        }
    }

    private int FirstZeroBehind(long offset)
    {
        int low = 0;
        int high = zeros.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = zeros[middle].End <= offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
