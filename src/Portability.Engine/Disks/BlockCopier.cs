using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Engine.Disks;

/// <summary>Copies one disk to another: only what is data, several ranges at once, sparsely.</summary>
internal static class BlockCopier
{
    // Zeros inside data are looked for in this grain; smaller holes cost more metadata than they save.
    private const int Grain = 64 << 10;

    /// <summary>Copies all of a disk.</summary>
    /// <param name="source">Read from.</param>
    /// <param name="target">Written to; at least as long as the source. Not flushed.</param>
    /// <param name="options">How.</param>
    /// <param name="onBytes">Told of each range that is done: bytes of the disk passed, and whether they were data rather than known zeros.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Bytes of data written.</returns>
    /// <exception cref="PortabilityException">Reading or writing failed.</exception>
    public static async Task<long> CopyAsync(
        IBlockDevice source, IBlockDevice target, BlockCopyOptions options, Action<long, bool> onBytes, CancellationToken cancellationToken)
    {
        long written = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            ChunksAsync(source, options.ChunkSize, cancellationToken),
            parallel,
            async (chunk, token) =>
            {
                long bytes = chunk.IsZero
                    ? await ZeroAsync(target, chunk, options.TargetIsZero, token).ConfigureAwait(false)
                    : await CopyChunkAsync(source, target, chunk, options.TargetIsZero, token).ConfigureAwait(false);
                Interlocked.Add(ref written, bytes);
                onBytes(chunk.Length, !chunk.IsZero);
            }).ConfigureAwait(false);
        return written;
    }

    private static async ValueTask<long> ZeroAsync(IBlockDevice target, BlockExtent chunk, bool targetIsZero, CancellationToken cancellationToken)
    {
        if (!targetIsZero)
        {
            await target.ZeroAsync(chunk.Offset, chunk.Length, cancellationToken).ConfigureAwait(false);
        }

        return 0;
    }

    private static async ValueTask<long> CopyChunkAsync(
        IBlockDevice source, IBlockDevice target, BlockExtent chunk, bool targetIsZero, CancellationToken cancellationToken)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent((int)chunk.Length);
        try
        {
            Memory<byte> buffer = rented.AsMemory(0, (int)chunk.Length);
            await source.ReadAsync(chunk.Offset, buffer, cancellationToken).ConfigureAwait(false);
            long bytes = 0;
            foreach ((int start, int length, bool zero) in Runs(buffer.Span))
            {
                if (!zero)
                {
                    await target.WriteAsync(chunk.Offset + start, buffer.Slice(start, length), cancellationToken).ConfigureAwait(false);
                    bytes += length;
                }
                else if (!targetIsZero)
                {
                    await target.ZeroAsync(chunk.Offset + start, length, cancellationToken).ConfigureAwait(false);
                }
            }

            return bytes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static List<(int Start, int Length, bool Zero)> Runs(ReadOnlySpan<byte> buffer)
    {
        var runs = new List<(int Start, int Length, bool Zero)>();
        for (int at = 0; at < buffer.Length; at += Grain)
        {
            int length = Math.Min(Grain, buffer.Length - at);
            bool zero = !buffer.Slice(at, length).ContainsAnyExcept((byte)0);
            if (runs.Count > 0 && runs[^1].Zero == zero)
            {
                runs[^1] = runs[^1] with { Length = runs[^1].Length + length };
            }
            else
            {
                runs.Add((at, length, zero));
            }
        }

        return runs;
    }

    // Data in pieces that end at multiples of the chunk size, so that no two touch one allocation unit more often than needed; zeros whole.
    private static async IAsyncEnumerable<BlockExtent> ChunksAsync(
        IBlockDevice source, int chunkSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in source.QueryExtentsAsync(0, source.Length, cancellationToken).ConfigureAwait(false))
        {
            if (extent.IsZero)
            {
                yield return extent;
                continue;
            }

            for (long at = extent.Offset; at < extent.End;)
            {
                long end = Math.Min(extent.End, (at / chunkSize * chunkSize) + chunkSize);
                yield return extent with { Offset = at, Length = end - at };
                at = end;
            }
        }
    }
}
