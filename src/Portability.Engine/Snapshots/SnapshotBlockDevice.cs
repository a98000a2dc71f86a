using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots;

/// <summary>A disk of a snapshot as a block device, read from the repository where it is asked. Reading only; every block is checked.</summary>
internal sealed class SnapshotBlockDevice : IBlockDevice
{
    private readonly SnapshotReader reader;
    private readonly SnapshotDisk disk;

    /// <summary>Initialises the device.</summary>
    /// <param name="reader">The snapshot; stays the caller's.</param>
    /// <param name="disk">Number of the disk.</param>
    /// <exception cref="RepositoryException">`DiskNotFound`.</exception>
    public SnapshotBlockDevice(SnapshotReader reader, int disk)
    {
        this.reader = reader;
        this.disk = reader.Manifest.Disk(disk);
    }

    /// <inheritdoc/>
    public string Name => FormattableString.Invariant($"{reader.Manifest.Name}#{reader.Manifest.Number} disk {disk.Number}");

    /// <inheritdoc/>
    public long Length => disk.Length;

    /// <inheritdoc/>
    public int LogicalSectorSize => disk.SectorSize;

    /// <inheritdoc/>
    public BlockDeviceCapabilities Capabilities => BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Check(offset, buffer.Length);
        return reader.ReadAsync(disk.Number, offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw NotWritable();

    /// <inheritdoc/>
    public ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) => throw NotWritable();

    /// <inheritdoc/>
    public ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        Check(offset, length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Check(offset, length);
        long at = offset;
        await foreach ((long start, long count) in reader.StoredRangesAsync(disk.Number, offset, length, cancellationToken).ConfigureAwait(false))
        {
            if (start > at)
            {
                yield return new BlockExtent(at, start - at, ExtentKind.Hole);
            }

            yield return new BlockExtent(start, count, ExtentKind.Data);
            at = start + count;
        }

        if (at < offset + length)
        {
            yield return new BlockExtent(at, offset + length - at, ExtentKind.Hole);
        }
    }

    /// <summary>Does nothing: the reader is its owner's.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Check(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
    }

    private static NotSupportedException NotWritable() => new("A snapshot cannot be written.");
}
