using System.Runtime.CompilerServices;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Maps;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Comparison;

/// <summary>Lists the extents in which two snapshots differ. Costs what differs, not the disks: shared subtrees of the maps are passed over.</summary>
internal sealed class SnapshotComparison : IDisposable
{
    private readonly SnapshotScope reference;
    private readonly SnapshotScope difference;
    private readonly CatalogEntry before;
    private readonly CatalogEntry after;
    private readonly int blockSize;

    /// <summary>Initialises a comparison.</summary>
    /// <param name="connection">The repository, opened with a secret.</param>
    /// <param name="before">The snapshot that is compared with.</param>
    /// <param name="after">The snapshot that is compared.</param>
    /// <exception cref="RepositoryException">`KeyRequired`; `WorkloadsNotComparable`: content ids of the two mean different things.</exception>
    public SnapshotComparison(RepositoryConnection connection, CatalogEntry before, CatalogEntry after)
    {
        this.before = before;
        this.after = after;
        blockSize = connection.Opened.Configuration.BlockSize;
        reference = SnapshotScope.Open(connection, before.Manifest.Workload, connection.Opened.RequireKeyring());
        difference = SnapshotScope.Open(connection, after.Manifest.Workload, connection.Opened.RequireKeyring());
        if (reference.Objects.SharedWithin != difference.Objects.SharedWithin)
        {
            Dispose();
            throw new RepositoryException(
                "WorkloadsNotComparable",
                ErrorKind.InvalidInput,
                $"Failed to compare '{before.Manifest.Name}' with '{after.Manifest.Name}': this repository stores equal blocks once within a workload only, so blocks of two workloads cannot be compared.",
                "Compare snapshots of one workload.",
                after.Manifest.Name);
        }
    }

    /// <summary>Lists the extents, by disk and ascending.</summary>
    /// <param name="diskNumbers">Numbers of the disks that are wanted; empty for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">A map is damaged.</exception>
    public async IAsyncEnumerable<SnapshotDifference> RunAsync(
        IReadOnlyCollection<int> diskNumbers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IEnumerable<int> numbers = before.Manifest.Disks.Concat(after.Manifest.Disks).Select(disk => disk.Number).Distinct().Order();
        foreach (int number in numbers.Where(number => diskNumbers.Count == 0 || diskNumbers.Contains(number)))
        {
            SnapshotDisk? old = Array.Find(before.Manifest.Disks, disk => disk.Number == number);
            SnapshotDisk? now = Array.Find(after.Manifest.Disks, disk => disk.Number == number);
            long shared = Math.Min(old?.Length ?? 0, now?.Length ?? 0);
            long longer = Math.Max(old?.Length ?? 0, now?.Length ?? 0);
            if (old is not null && now is not null)
            {
                if (old.Set != now.Set)
                {
                    throw NotComparable(number);
                }

                await foreach (SnapshotDifference extent in DiskAsync(old, now, shared, cancellationToken).ConfigureAwait(false))
                {
                    yield return extent;
                }
            }

            if (longer > shared)
            {
                yield return Extent(number, shared, longer - shared, DifferenceKind.Resized);
            }
        }
    }

    /// <summary>Forgets the keys.</summary>
    public void Dispose()
    {
        reference.Dispose();
        difference.Dispose();
    }

    private async IAsyncEnumerable<SnapshotDifference> DiskAsync(
        SnapshotDisk old, SnapshotDisk now, long shared, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        SnapshotDifference? held = null;
        await foreach (BlockDifference block in Blocks(old, now, cancellationToken).ConfigureAwait(false))
        {
            long offset = block.Block * blockSize;
            if (offset >= shared)
            {
                break;
            }

            // Elsewhere stored, but the same bytes.
            if (!block.IsContent)
            {
                continue;
            }

            DifferenceKind kind = block.Before is null ? DifferenceKind.Added : block.After is null ? DifferenceKind.Zeroed : DifferenceKind.Changed;
            long length = Math.Min(blockSize, shared - offset);
            if (held is not null && held.Kind == kind && held.Offset + held.Length == offset)
            {
                held = held with { Length = held.Length + length };
                continue;
            }

            if (held is not null)
            {
                yield return held;
            }

            held = Extent(now.Number, offset, length, kind);
        }

        if (held is not null)
        {
            yield return held;
        }
    }

    private RepositoryException NotComparable(int disk) => new(
        "DisksNotComparable",
        ErrorKind.InvalidInput,
        FormattableString.Invariant($"Failed to compare disk {disk} of '{after.Manifest.Name}': it is a boot disk in one snapshot and a data disk in the other, and the two sets share no blocks."),
        "Compare the other disks with -DiskNumber, or snapshots with equal roles.",
        after.Manifest.Name);

    private IAsyncEnumerable<BlockDifference> Blocks(SnapshotDisk old, SnapshotDisk now, CancellationToken cancellationToken)
    {
        var left = new BlockMap(reference.Nodes, old.Set, old.Root, old.Levels, SnapshotDisk.BlockCount(old.Length, blockSize));
        var right = new BlockMap(difference.Nodes, now.Set, now.Root, now.Levels, SnapshotDisk.BlockCount(now.Length, blockSize));
        return BlockMapComparison.CompareAsync(left, right, cancellationToken);
    }

    private SnapshotDifference Extent(int disk, long offset, long length, DifferenceKind kind) => new()
    {
        Disk = disk,
        Offset = offset,
        Length = length,
        Kind = kind,
        Name = after.Manifest.Name,
        ReferenceId = before.Manifest.Snapshot,
        DifferenceId = after.Manifest.Snapshot,
    };
}
