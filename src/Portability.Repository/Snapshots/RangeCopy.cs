using System.Threading.Channels;
using Portability.Repository.Maps;

namespace Portability.Repository.Snapshots;

/// <summary>Copies what is stored of a range of a disk: packs are read in long pieces, frames are opened by several threads, every block is checked.</summary>
internal sealed class RangeCopy
{
    /// <summary>Bytes of the disk that one worker takes at a time, aligned.</summary>
    public const int SegmentLength = 4 << 20;

    private readonly BlockReader blocks;
    private readonly SnapshotManifest manifest;
    private readonly BlockMap map;
    private readonly int disk;
    private readonly RangeSink sink;
    private readonly RangeCopyOptions options;

    public RangeCopy(BlockReader blocks, SnapshotManifest manifest, BlockMap map, int disk, RangeSink sink, RangeCopyOptions options)
    {
        this.blocks = blocks;
        this.manifest = manifest;
        this.map = map;
        this.disk = disk;
        this.sink = sink;
        this.options = options;
    }

    public async Task RunAsync(long offset, long length, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var segments = Channel.CreateBounded<RangeSegment>(new BoundedChannelOptions(options.Workers) { SingleWriter = true });
        Task[] all =
        [
            Task.Run(() => StopOnErrorAsync(ListAsync(offset, length, segments.Writer, stop.Token), stop), stop.Token),
            .. Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => StopOnErrorAsync(WorkAsync(segments.Reader, offset, offset + length, stop.Token), stop), stop.Token)),
        ];
        await Task.WhenAll(all).ConfigureAwait(false);
    }

    private static async Task StopOnErrorAsync(Task task, CancellationTokenSource stop)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ListAsync(long offset, long length, ChannelWriter<RangeSegment> segments, CancellationToken cancellationToken)
    {
        int blockSize = blocks.Scope.BlockSize;
        int perSegment = Math.Max(1, SegmentLength / blockSize);
        long first = offset / blockSize;
        RangeSegment? segment = null;
        var turn = Task.CompletedTask;
        await foreach ((long block, BlockLocation location) in map.StoredAsync(first, SnapshotDisk.BlockCount(offset + length, blockSize) - first, cancellationToken).ConfigureAwait(false))
        {
            long start = block - (block % perSegment);
            if (segment is null || segment.FirstBlock != start)
            {
                if (segment is not null)
                {
                    await segments.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
                }

                segment = new RangeSegment(start, perSegment, turn);
                turn = segment.Written;
            }

            segment.Add((int)(block - start), location);
        }

        if (segment is not null)
        {
            await segments.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
        }

        segments.Complete();
    }

    private async Task WorkAsync(ChannelReader<RangeSegment> segments, long offset, long end, CancellationToken cancellationToken)
    {
        var worker = new RangeWorker(blocks, map, SegmentLength);
        await foreach (RangeSegment segment in segments.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            await worker.ReadAsync(segment, (index, damage) => Tell(segment, index, offset, end, damage), cancellationToken).ConfigureAwait(false);
            if (options.InOrder)
            {
                await segment.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            await WriteAsync(segment, worker.Buffer, offset, end, cancellationToken).ConfigureAwait(false);
            segment.SetWritten();
        }
    }

    private void Tell(RangeSegment segment, int index, long offset, long end, PortabilityException damage)
    {
        int blockSize = blocks.Scope.BlockSize;
        long from = Math.Max(offset, (segment.FirstBlock + index) * blockSize);
        long to = Math.Min(end, (segment.FirstBlock + index + 1) * blockSize);
        IntegrityException error = SnapshotErrors.Unreadable(manifest, disk, from, damage);
        if (options.OnDamage is null)
        {
            throw error;
        }

        options.OnDamage(from, (int)(to - from), error);
    }

    private async ValueTask WriteAsync(RangeSegment segment, ReadOnlyMemory<byte> buffer, long offset, long end, CancellationToken cancellationToken)
    {
        int blockSize = blocks.Scope.BlockSize;
        long start = segment.FirstBlock * blockSize;
        foreach ((int first, int count) in segment.Runs())
        {
            long from = Math.Max(offset, start + ((long)first * blockSize));
            long to = Math.Min(end, start + ((long)(first + count) * blockSize));
            await sink(from, buffer.Slice((int)(from - start), (int)(to - from)), cancellationToken).ConfigureAwait(false);
        }
    }
}
