using System.Threading.Channels;
using Portability.Disks.Blocks;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>
/// Reads blocks of a disk ahead of the pipeline and hands them over in order. Several reads are under way at once; how many is bounded,
/// and so is what waits, so that a slow store slows the reading.
/// </summary>
internal sealed class ReadAhead
{
    private readonly SnapshotWriter writer;
    private readonly int blockSize;
    private readonly int depth;

    /// <summary>Initialises a reader.</summary>
    /// <param name="writer">The pipeline; its memory is what is filled.</param>
    /// <param name="blockSize">Block size in bytes.</param>
    /// <param name="depth">Reads under way at once, 1 or more.</param>
    public ReadAhead(SnapshotWriter writer, int blockSize, int depth)
    {
        this.writer = writer;
        this.blockSize = blockSize;
        this.depth = depth;
    }

    /// <summary>Passes runs of blocks of one disk to its capture.</summary>
    /// <param name="source">The disk.</param>
    /// <param name="capture">Where they go.</param>
    /// <param name="runs">Runs in ascending order.</param>
    /// <param name="onBytes">Told of bytes of the disk that were read or passed over.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">Reading failed, or the pipeline did.</exception>
    public async Task RunAsync(
        IBlockDevice source, DiskCapture capture, IAsyncEnumerable<BlockRun> runs, Action<long> onBytes, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<Piece> ahead = Channel.CreateBounded<Piece>(new BoundedChannelOptions(depth) { SingleReader = true, SingleWriter = true });
        Task reading = ProduceAsync(source, runs, ahead.Writer, stop.Token);
        try
        {
            await foreach (Piece piece in ahead.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                await HandOverAsync(capture, piece, source.Length, onBytes).ConfigureAwait(false);
            }

            await reading.ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (ahead.Reader.TryRead(out Piece piece))
            {
                if (piece.Read is not null)
                {
                    await piece.Read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    piece.Batch!.Dispose();
                }
            }

            throw;
        }
    }

    private async Task HandOverAsync(DiskCapture capture, Piece piece, long sourceLength, Action<long> onBytes)
    {
        long start = piece.Run.First * blockSize;
        if (piece.Batch is null)
        {
            capture.Clear(piece.Run.First, piece.Run.Count);
            onBytes(Math.Min(piece.Run.Count * blockSize, sourceLength - start));
            return;
        }

        try
        {
            await piece.Read!.ConfigureAwait(false);
        }
        catch
        {
            piece.Batch.Dispose();
            throw;
        }

        capture.Write(piece.Run.First, piece.Batch, piece.Length);
        onBytes(piece.Length);
    }

    private async Task ProduceAsync(IBlockDevice source, IAsyncEnumerable<BlockRun> runs, ChannelWriter<Piece> ahead, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (BlockRun run in runs.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (run.Kind == BlockRunKind.Zero)
                {
                    await ahead.WriteAsync(new Piece(run, null, 0, null), cancellationToken).ConfigureAwait(false);
                    continue;
                }

                await ReadRunAsync(source, run, ahead, cancellationToken).ConfigureAwait(false);
            }

            ahead.Complete();
        }
        catch (Exception exception)
        {
            // The reader gets it at its next wait, behind what was read before.
            ahead.Complete(exception);
        }
    }

    private async Task ReadRunAsync(IBlockDevice source, BlockRun run, ChannelWriter<Piece> ahead, CancellationToken cancellationToken)
    {
        for (long first = run.First; first < run.End;)
        {
            BlockBatch batch = await writer.RentAsync(cancellationToken).ConfigureAwait(false);
            long count = Math.Min(batch.Memory.Length / blockSize, run.End - first);
            int length = (int)Math.Min(count * blockSize, source.Length - (first * blockSize));
            Task read = source.ReadAsync(first * blockSize, batch.Memory[..length], cancellationToken).AsTask();
            var piece = new Piece(new BlockRun(first, count, BlockRunKind.Read), batch, length, read);
            try
            {
                await ahead.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                await read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                batch.Dispose();
                throw;
            }

            first += count;
        }
    }

    /// <summary>Blocks that are being read, or known zeros.</summary>
    private readonly record struct Piece(BlockRun Run, BlockBatch? Batch, int Length, Task? Read);
}
