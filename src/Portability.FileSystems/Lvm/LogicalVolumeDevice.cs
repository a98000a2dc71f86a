using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.FileSystems.Lvm;

/// <summary>A logical volume as a device; reads and writes go to the physical volumes, which stay the caller's.</summary>
/// <remarks>Segments of type `striped`, which with one stripe are linear.</remarks>
internal sealed class LogicalVolumeDevice : IBlockDevice
{
    private readonly IReadOnlyList<StripedSegment> segments;

    /// <summary>Initialises a device.</summary>
    /// <param name="name">Its name: volume group and volume.</param>
    /// <param name="segments">Its segments: in order, without gaps, from 0.</param>
    public LogicalVolumeDevice(string name, IReadOnlyList<StripedSegment> segments)
    {
        Name = name;
        this.segments = segments;
        IBlockDevice[] devices = [.. segments.SelectMany(segment => segment.Stripes).Select(stripe => stripe.Device).Distinct()];
        LogicalSectorSize = devices.Max(device => device.LogicalSectorSize);
        Capabilities = devices.Select(device => device.Capabilities).Aggregate((all, one) => all & one);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length => segments[^1].End;

    /// <inheritdoc/>
    public int LogicalSectorSize { get; }

    /// <inheritdoc/>
    public BlockDeviceCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            (IBlockDevice device, long place, long there) = Find(offset);
            int count = (int)Math.Min(there, buffer.Length);
            await device.ReadAsync(place, buffer[..count], cancellationToken).ConfigureAwait(false);
            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            (IBlockDevice device, long place, long there) = Find(offset);
            int count = (int)Math.Min(there, buffer.Length);
            await device.WriteAsync(place, buffer[..count], cancellationToken).ConfigureAwait(false);
            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) =>
        EachAsync(offset, length, (device, place, count) => device.ZeroAsync(place, count, cancellationToken));

    /// <inheritdoc/>
    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) =>
        EachAsync(offset, length, (device, place, count) => device.TrimAsync(place, count, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        foreach (IBlockDevice device in segments.SelectMany(segment => segment.Stripes).Select(stripe => stripe.Device).Distinct())
        {
            await device.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        while (length > 0)
        {
            (IBlockDevice device, long place, long there) = Find(offset);
            long count = Math.Min(there, length);
            await foreach (BlockExtent extent in device.QueryExtentsAsync(place, count, cancellationToken).ConfigureAwait(false))
            {
                yield return extent with { Offset = extent.Offset - place + offset };
            }

            offset += count;
            length -= count;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async ValueTask EachAsync(long offset, long length, Func<IBlockDevice, long, long, ValueTask> act)
    {
        BlockRange.Check(offset, length, Length);
        while (length > 0)
        {
            (IBlockDevice device, long place, long there) = Find(offset);
            long count = Math.Min(there, length);
            await act(device, place, count).ConfigureAwait(false);
            offset += count;
            length -= count;
        }
    }

    private (IBlockDevice Device, long Offset, long Count) Find(long offset)
    {
        int low = 0, high = segments.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = segments[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return segments[low].Find(offset);
    }
}
