using System.Numerics;
using System.Runtime.CompilerServices;
using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>The map of one disk of one snapshot: which block holds what. Immutable, thread-safe.</summary>
/// <remarks>FORMAT.md section 10. Nodes are read when they are needed and never all at once.</remarks>
public sealed class BlockMap
{
    private readonly MapNodeSource source;

    /// <summary>Initialises a map.</summary>
    /// <param name="source">Reads nodes.</param>
    /// <param name="set">Set of the disk.</param>
    /// <param name="root">Its root as the manifest gives it, or null where nothing is stored.</param>
    /// <param name="levels">Its levels as the manifest gives them.</param>
    /// <param name="blockCount">Blocks of the disk.</param>
    /// <exception cref="InvalidFormatException">The levels do not fit the disk.</exception>
    public BlockMap(MapNodeSource source, BlockSet set, MapNodeReference? root, int levels, long blockCount)
    {
        if (levels != MapShape.Levels(blockCount))
        {
            throw Damage.Malformed("map", 10, null, -1, FormattableString.Invariant($"{levels} levels do not fit {blockCount} blocks"));
        }

        this.source = source;
        Set = set;
        Root = root;
        Levels = levels;
        BlockCount = blockCount;
    }

    /// <summary>Set of the disk.</summary>
    public BlockSet Set { get; }

    /// <summary>Its root, or null where nothing is stored.</summary>
    public MapNodeReference? Root { get; }

    /// <summary>Its levels.</summary>
    public int Levels { get; }

    /// <summary>Blocks of the disk.</summary>
    public long BlockCount { get; }

    /// <summary>Looks up one block.</summary>
    /// <param name="block">Its index.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Content id and pack, or null for zeros.</returns>
    /// <exception cref="PortabilityException">A node on the way is damaged or gone.</exception>
    public async ValueTask<BlockLocation?> FindAsync(long block, CancellationToken cancellationToken)
    {
        MapNode? leaf = await LeafAsync(block, cancellationToken).ConfigureAwait(false);
        int slot = MapShape.Slot(block, 0);
        return leaf is not null && leaf.Has(slot) ? leaf.Block(slot) : null;
    }

    /// <summary>Looks up blocks that follow each other.</summary>
    /// <param name="first">Index of the first.</param>
    /// <param name="target">What each holds; null for zeros.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node on the way is damaged or gone.</exception>
    public async ValueTask FindAsync(long first, Memory<BlockLocation?> target, CancellationToken cancellationToken)
    {
        MapNode? leaf = null;
        for (int index = 0; index < target.Length; index++)
        {
            int slot = MapShape.Slot(first + index, 0);
            if (index == 0 || slot == 0)
            {
                leaf = first + index < BlockCount ? await LeafAsync(first + index, cancellationToken).ConfigureAwait(false) : null;
            }

            target.Span[index] = leaf is not null && leaf.Has(slot) ? leaf.Block(slot) : null;
        }
    }

    /// <summary>Lists what is stored in a range, ascending, one leaf at a time.</summary>
    /// <param name="first">First block of the range.</param>
    /// <param name="count">Blocks of the range.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node on the way is damaged or gone.</exception>
    public async IAsyncEnumerable<(long Block, BlockLocation Location)> StoredAsync(
        long first, long count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long end = Math.Min(first + count, BlockCount);
        for (long block = first; block < end;)
        {
            (MapNode? leaf, long covered) = await SeekAsync(block, cancellationToken).ConfigureAwait(false);
            if (leaf is not null)
            {
                long start = block & ~(MapNode.FanOut - 1L);
                for (uint left = leaf.Presence & (uint.MaxValue << (int)(block - start)); left != 0; left &= left - 1)
                {
                    int slot = BitOperations.TrailingZeroCount(left);
                    if (start + slot < end)
                    {
                        yield return (start + slot, leaf.Block(slot));
                    }
                }
            }

            block = covered;
        }
    }

    /// <summary>Lists ranges of blocks that are stored, ascending, neighbours joined.</summary>
    /// <param name="first">First block to look at.</param>
    /// <param name="count">Number of blocks to look at.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node on the way is damaged or gone.</exception>
    public async IAsyncEnumerable<BlockRange> RangesAsync(long first, long count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRange range = default;
        await foreach ((long block, _) in StoredAsync(first, count, cancellationToken).ConfigureAwait(false))
        {
            if (block == range.End && range.Count > 0)
            {
                range = range with { Count = range.Count + 1 };
                continue;
            }

            if (range.Count > 0)
            {
                yield return range;
            }

            range = new BlockRange(block, 1);
        }

        if (range.Count > 0)
        {
            yield return range;
        }
    }

    /// <summary>Gives the leaf that covers a block, or null, and the first block behind the subtree that decided it.</summary>
    internal async ValueTask<(MapNode? Leaf, long Covered)> SeekAsync(long block, CancellationToken cancellationToken)
    {
        MapNodeReference? reference = Root;
        for (int level = Levels - 1; ; level--)
        {
            if (reference is null)
            {
                return (null, (MapShape.Number(block, level) + 1) * MapShape.Blocks(level + 1));
            }

            MapNode node = await source.GetAsync(Set, reference.Value, level, cancellationToken).ConfigureAwait(false);
            if (level == 0)
            {
                return (node, (MapShape.Number(block, 0) + 1) * MapNode.FanOut);
            }

            int slot = MapShape.Slot(block, level);
            reference = node.Has(slot) ? node.Child(slot) : null;
        }
    }

    /// <summary>Reads a node of this map.</summary>
    internal ValueTask<MapNode> NodeAsync(MapNodeReference reference, int level, CancellationToken cancellationToken) =>
        source.GetAsync(Set, reference, level, cancellationToken);

    private async ValueTask<MapNode?> LeafAsync(long block, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(block);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(block, BlockCount);
        return (await SeekAsync(block, cancellationToken).ConfigureAwait(false)).Leaf;
    }
}
