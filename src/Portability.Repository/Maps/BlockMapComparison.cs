using System.Runtime.CompilerServices;

namespace Portability.Repository.Maps;

/// <summary>Walks two maps beside each other and passes over every subtree that they share. Its cost follows what differs.</summary>
/// <remarks>FORMAT.md section 10: equal hashes mean equal subtrees.</remarks>
public static class BlockMapComparison
{
    /// <summary>Lists the blocks that two maps say different things of, ascending.</summary>
    /// <param name="before">The first map; its disk may have another length.</param>
    /// <param name="after">The second map.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node on the way is damaged or gone.</exception>
    public static IAsyncEnumerable<BlockDifference> CompareAsync(BlockMap before, BlockMap after, CancellationToken cancellationToken)
    {
        int level = Math.Max(before.Levels, after.Levels) - 1;
        return WalkAsync(new Side(before, before.Root, before.Levels - 1), new Side(after, after.Root, after.Levels - 1), level, 0, null, cancellationToken);
    }

    /// <summary>Lists the nodes of a map that another one does not share, parents before children; for marks that follow change.</summary>
    /// <param name="before">The map whose nodes are known.</param>
    /// <param name="after">The map whose new nodes are wanted.</param>
    /// <param name="visit">Called for each new node.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Blocks that differ.</returns>
    internal static async Task<long> NewNodesAsync(
        BlockMap before, BlockMap after, Action<MapNodeReference, MapNode> visit, CancellationToken cancellationToken)
    {
        int level = Math.Max(before.Levels, after.Levels) - 1;
        long count = 0;
        var left = new Side(before, before.Root, before.Levels - 1);
        var right = new Side(after, after.Root, after.Levels - 1);
        await foreach (BlockDifference unused in WalkAsync(left, right, level, 0, visit, cancellationToken).ConfigureAwait(false))
        {
            count++;
        }

        return count;
    }

    private static async IAsyncEnumerable<BlockDifference> WalkAsync(
        Side before, Side after, int level, long first, Action<MapNodeReference, MapNode>? visit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (before.IsSameAs(after))
        {
            yield break;
        }

        MapNode? left = await before.NodeAsync(level, cancellationToken).ConfigureAwait(false);
        MapNode? right = await after.NodeAsync(level, cancellationToken).ConfigureAwait(false);
        if (right is not null)
        {
            visit?.Invoke(after.Reference!.Value, right);
        }

        for (int slot = 0; slot < MapNode.FanOut; slot++)
        {
            if (level == 0)
            {
                BlockLocation? old = left is not null && left.Has(slot) ? left.Block(slot) : null;
                BlockLocation? now = right is not null && right.Has(slot) ? right.Block(slot) : null;
                if (old != now)
                {
                    yield return new BlockDifference(first + slot, old, now);
                }

                continue;
            }

            long childFirst = first + (slot * MapShape.Blocks(level));
            IAsyncEnumerable<BlockDifference> below = WalkAsync(before.Child(left, slot, level), after.Child(right, slot, level), level - 1, childFirst, visit, cancellationToken);
            await foreach (BlockDifference difference in below.ConfigureAwait(false))
            {
                yield return difference;
            }
        }
    }

    /// <summary>One map's subtree at the place that is looked at; the tree of a shorter disk hangs below the first children of nodes that are not there.</summary>
    private readonly record struct Side(BlockMap Map, MapNodeReference? Reference, int Level)
    {
        public bool IsSameAs(Side other) => Reference is null
            ? other.Reference is null
            : other.Reference is not null && Level == other.Level && Reference.Value.Hash == other.Reference.Value.Hash;

        public async ValueTask<MapNode?> NodeAsync(int level, CancellationToken cancellationToken) => Reference is null || Level < level
            ? null
            : await Map.NodeAsync(Reference.Value, level, cancellationToken).ConfigureAwait(false);

        public Side Child(MapNode? node, int slot, int level)
        {
            if (Reference is not null && Level < level)
            {
                return slot == 0 ? this : this with { Reference = null };
            }

            return new Side(Map, node is not null && node.Has(slot) ? node.Child(slot) : null, level - 1);
        }
    }
}
