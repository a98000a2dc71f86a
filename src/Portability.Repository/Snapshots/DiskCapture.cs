using System.Threading.Channels;
using Portability.Repository.Maps;

namespace Portability.Repository.Snapshots;

/// <summary>
/// One disk of a capture. The caller says in ascending order what it knows to have changed: blocks with their bytes, and ranges of zeros. One
/// thread at a time; different disks may be written beside each other.
/// </summary>
public sealed class DiskCapture
{
    private readonly SnapshotWriter owner;
    private readonly BlockMapUpdate map;
    private readonly Channel<Step> steps = Channel.CreateUnbounded<Step>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private readonly Task applied;
    private readonly long blockCount;
    private long next;
    private long changedBlocks;

    internal DiskCapture(SnapshotWriter owner, SetCapture set, CaptureDisk disk, BlockMapUpdate map, long blockCount)
    {
        this.owner = owner;
        this.map = map;
        this.blockCount = blockCount;
        Set = set;
        Disk = disk;
        applied = Task.Run(ApplyAsync);
    }

    /// <summary>The disk.</summary>
    public CaptureDisk Disk { get; }

    internal SetCapture Set { get; }

    internal BlockMap? Before => Disk.Before;

    /// <summary>Hands over blocks that follow each other.</summary>
    /// <param name="firstBlock">Index of the first block, above all that were named before.</param>
    /// <param name="batch">A batch of the same writer, filled; it is no longer the caller's, even after an error.</param>
    /// <param name="length">Bytes in use; the last block of the disk may be short and is padded with zeros.</param>
    /// <exception cref="ArgumentException">The blocks are not in order, or not whole.</exception>
    /// <exception cref="PortabilityException">The capture has failed.</exception>
    public void Write(long firstBlock, BlockBatch batch, int length)
    {
        int blockSize = owner.Scope.BlockSize;
        int count = (length + blockSize - 1) / blockSize;
        if (length <= 0 || firstBlock < next || firstBlock > blockCount - count || (length % blockSize != 0 && firstBlock + count != blockCount))
        {
            batch.Dispose();
            throw new ArgumentException(
                FormattableString.Invariant($"{length} bytes at block {firstBlock} of {blockCount} are not in order or not whole blocks of {blockSize}."), nameof(length));
        }

        next = firstBlock + count;
        batch.Memory.Span[length..(count * blockSize)].Clear();
        batch.FirstBlock = firstBlock;
        batch.Count = count;
        batch.Disk = this;
        steps.Writer.TryWrite(new Step(batch, default));
        owner.Queue(batch);
    }

    /// <summary>Says that a range of blocks holds zeros.</summary>
    /// <param name="firstBlock">Index of the first block, above all that were named before.</param>
    /// <param name="count">Number of blocks.</param>
    /// <exception cref="ArgumentException">The blocks are not in order.</exception>
    public void Clear(long firstBlock, long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstBlock, next);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstBlock, blockCount - count);
        next = firstBlock + count;
        steps.Writer.TryWrite(new Step(null, new BlockRange(firstBlock, count)));
    }

    /// <summary>Ends the disk: nothing more is said of it.</summary>
    /// <returns>The disk as the manifest names it.</returns>
    /// <exception cref="PortabilityException">The capture has failed.</exception>
    internal async Task<(SnapshotDisk Disk, long ChangedBlocks)> CompleteAsync(CancellationToken cancellationToken)
    {
        steps.Writer.TryComplete();
        await applied.WaitAsync(cancellationToken).ConfigureAwait(false);
        MapNodeReference? root = await map.CompleteAsync(cancellationToken).ConfigureAwait(false);
        var disk = new SnapshotDisk
        {
            Number = Disk.Number,
            Set = Disk.Set,
            Length = Disk.Length,
            SectorSize = Disk.SectorSize,
            PhysicalSectorSize = Disk.PhysicalSectorSize,
            Id = Disk.Id,
            Levels = map.Levels,
            Root = root,
        };
        return (disk, changedBlocks);
    }

    /// <summary>Waits until nothing touches the batches any more.</summary>
    internal async Task StopAsync()
    {
        steps.Writer.TryComplete();
        await applied.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ApplyAsync()
    {
        try
        {
            await ApplyAllAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            owner.Fail(exception);
            throw;
        }
    }

    private async Task ApplyAllAsync()
    {
        await foreach (Step step in steps.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (step.Batch is null)
            {
                changedBlocks += await CountStoredAsync(step.Zeros).ConfigureAwait(false);
                await map.ClearAsync(step.Zeros.First, step.Zeros.Count, owner.Stopping).ConfigureAwait(false);
                continue;
            }

            await step.Batch.Done.Task.ConfigureAwait(false);
            await ApplyAsync(step.Batch).ConfigureAwait(false);
            owner.Return(step.Batch);
        }
    }

    private async Task ApplyAsync(BlockBatch batch)
    {
        for (int index = 0; index < batch.Count; index++)
        {
            if (batch.After[index] == batch.Before[index])
            {
                continue;
            }

            changedBlocks++;
            long block = batch.FirstBlock + index;
            if (batch.After[index] is { } after)
            {
                await map.SetAsync(block, after, owner.Stopping).ConfigureAwait(false);
            }
            else
            {
                await map.ClearAsync(block, 1, owner.Stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task<long> CountStoredAsync(BlockRange range)
    {
        long stored = 0;
        if (Before is not null)
        {
            await foreach (BlockRange part in Before.RangesAsync(range.First, range.Count, owner.Stopping).ConfigureAwait(false))
            {
                stored += part.Count;
            }
        }

        return stored;
    }

    private readonly record struct Step(BlockBatch? Batch, BlockRange Zeros);
}
