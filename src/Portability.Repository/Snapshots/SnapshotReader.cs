using System.Runtime.CompilerServices;
using Portability.Repository.Maps;

namespace Portability.Repository.Snapshots;

/// <summary>The disks of one snapshot, readable at any offset at once. Thread-safe; what is damaged is named, all else stays readable.</summary>
public sealed class SnapshotReader
{
    private readonly BlockReader blocks;
    private readonly Dictionary<int, BlockMap> maps;

    /// <summary>Initialises a reader.</summary>
    /// <param name="blocks">Reads blocks; stays the caller's.</param>
    /// <param name="nodes">Reads map nodes; stays the caller's.</param>
    /// <param name="manifest">The snapshot; its signature and rights were checked.</param>
    /// <exception cref="InvalidFormatException">The manifest's maps do not fit its disks.</exception>
    public SnapshotReader(BlockReader blocks, MapNodeSource nodes, SnapshotManifest manifest)
    {
        this.blocks = blocks;
        Manifest = manifest;
        maps = manifest.Disks.ToDictionary(
            disk => disk.Number,
            disk => new BlockMap(nodes, disk.Set, disk.Root, disk.Levels, SnapshotDisk.BlockCount(disk.Length, blocks.Scope.BlockSize)));
    }

    /// <summary>The snapshot.</summary>
    public SnapshotManifest Manifest { get; }

    /// <summary>Length in bytes of a block: reads along its multiples cost least.</summary>
    public int BlockSize => blocks.Scope.BlockSize;

    /// <summary>The map of a disk.</summary>
    /// <param name="disk">Number of the disk.</param>
    /// <exception cref="RepositoryException">`DiskNotFound`.</exception>
    public BlockMap Map(int disk) => maps[Manifest.Disk(disk).Number];

    /// <summary>Reads bytes.</summary>
    /// <param name="disk">Number of the disk.</param>
    /// <param name="offset">Where to begin on the disk, in bytes.</param>
    /// <param name="target">Where the bytes go; not beyond the end of the disk.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not on the disk.</exception>
    /// <exception cref="PortabilityException">A block or a node is damaged or gone: names disk, offset and object.</exception>
    public async ValueTask ReadAsync(int disk, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        BlockMap map = Map(disk);
        long length = Manifest.Disk(disk).Length;
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, length - target.Length);
        while (!target.IsEmpty)
        {
            int within = (int)(offset % BlockSize);
            int count = Math.Min(target.Length, BlockSize - within);
            try
            {
                if (await map.FindAsync(offset / BlockSize, cancellationToken).ConfigureAwait(false) is { } location)
                {
                    await blocks.ReadAsync(map.Set, location, within, target[..count], cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    target.Span[..count].Clear();
                }
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
            {
                throw SnapshotErrors.Unreadable(Manifest, disk, offset, exception);
            }

            offset += count;
            target = target[count..];
        }
    }

    /// <summary>Copies what is stored of a range, fast: what is not handed to the sink is zeros.</summary>
    /// <param name="disk">Number of the disk.</param>
    /// <param name="offset">Where to begin on the disk, in bytes.</param>
    /// <param name="length">Bytes to copy; not beyond the end of the disk.</param>
    /// <param name="sink">Takes the bytes; see <see cref="RangeCopyOptions.InOrder"/>.</param>
    /// <param name="options">How to copy.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not on the disk.</exception>
    /// <exception cref="PortabilityException">A node is damaged or gone, or a block is and nobody is told of damage.</exception>
    public Task CopyAsync(int disk, long offset, long length, RangeSink sink, RangeCopyOptions options, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Manifest.Disk(disk).Length - length);
        return new RangeCopy(blocks, Manifest, Map(disk), disk, sink, options).RunAsync(offset, length, cancellationToken);
    }

    /// <summary>Lists what is stored of a disk, ascending; all else is zeros.</summary>
    /// <param name="disk">Number of the disk.</param>
    /// <param name="offset">Where to begin, in bytes.</param>
    /// <param name="length">Bytes to look at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Offset and length in bytes; neighbours are joined, the ends are cut to what was asked.</returns>
    /// <exception cref="PortabilityException">A node is damaged or gone.</exception>
    public async IAsyncEnumerable<(long Offset, long Length)> StoredRangesAsync(
        int disk, long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockMap map = Map(disk);
        long end = Math.Min(offset + length, Manifest.Disk(disk).Length);
        long first = offset / BlockSize;
        long count = SnapshotDisk.BlockCount(end, BlockSize) - first;
        await foreach (BlockRange range in map.RangesAsync(first, count, cancellationToken).ConfigureAwait(false))
        {
            long from = Math.Max(offset, range.First * BlockSize);
            yield return (from, Math.Min(end, range.End * BlockSize) - from);
        }
    }
}
