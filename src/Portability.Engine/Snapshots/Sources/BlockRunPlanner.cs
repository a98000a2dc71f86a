using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>
/// Turns extents in bytes into runs of whole blocks: a block is zero only if known zeros cover all of it, else it is read. Blocks
/// that no extent touches are left out: nothing is done with them.
/// </summary>
internal static class BlockRunPlanner
{
    /// <summary>Plans the blocks of a disk.</summary>
    /// <param name="extents">Extents in ascending order without overlap; gaps are allowed.</param>
    /// <param name="blockSize">Block size in bytes.</param>
    /// <param name="length">Length of the disk in bytes; its last block may be cut short and counts as whole.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Runs in ascending order; neighbours differ in kind or are apart.</returns>
    public static async IAsyncEnumerable<BlockRun> PlanAsync(
        IAsyncEnumerable<BlockExtent> extents, int blockSize, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRun? held = null;
        await foreach (BlockExtent extent in MergeAsync(extents, cancellationToken).ConfigureAwait(false))
        {
            long end = extent.End >= length ? RoundUp(length, blockSize) : extent.End;
            long first = extent.Offset / blockSize;
            long last = RoundUp(end, blockSize) / blockSize;
            long zeroFrom = extent.IsZero ? RoundUp(extent.Offset, blockSize) / blockSize : last;
            long zeroTo = extent.IsZero ? end / blockSize : last;
            if (zeroTo <= zeroFrom)
            {
                zeroFrom = zeroTo = last;
            }

            foreach (BlockRun next in Parts(first, zeroFrom, zeroTo, last))
            {
                // A block that the run before reads already is not touched again.
                BlockRun part = next;
                if (held is { } before && part.First < before.End)
                {
                    long skip = before.End - part.First;
                    if (skip >= part.Count)
                    {
                        continue;
                    }

                    part = part with { First = part.First + skip, Count = part.Count - skip };
                }

                if (held is { } run && run.Kind == part.Kind && run.End == part.First)
                {
                    held = run with { Count = run.Count + part.Count };
                    continue;
                }

                if (held is { } done)
                {
                    yield return done;
                }

                held = part;
            }
        }

        if (held is { } rest)
        {
            yield return rest;
        }
    }

    private static IEnumerable<BlockRun> Parts(long first, long zeroFrom, long zeroTo, long last)
    {
        if (zeroFrom > first)
        {
            yield return new BlockRun(first, zeroFrom - first, BlockRunKind.Read);
        }

        if (zeroTo > zeroFrom)
        {
            yield return new BlockRun(zeroFrom, zeroTo - zeroFrom, BlockRunKind.Zero);
        }

        if (last > zeroTo)
        {
            yield return new BlockRun(zeroTo, last - zeroTo, BlockRunKind.Read);
        }
    }

    // Holes beside known zeros are one run of zeros, so that a block over their border is not read.
    private static async IAsyncEnumerable<BlockExtent> MergeAsync(
        IAsyncEnumerable<BlockExtent> extents, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockExtent? held = null;
        await foreach (BlockExtent extent in extents.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (held is { } before && before.End == extent.Offset && before.IsZero == extent.IsZero)
            {
                held = before with { Length = before.Length + extent.Length };
                continue;
            }

            if (held is { } done)
            {
                yield return done;
            }

            held = extent;
        }

        if (held is { } rest)
        {
            yield return rest;
        }
    }

    private static long RoundUp(long value, int unit) => checked((value + unit - 1) / unit * unit);
}
