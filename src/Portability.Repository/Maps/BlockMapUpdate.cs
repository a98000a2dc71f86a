using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>
/// Makes the map of a disk from the one before and changes that come in ascending order. Reads and writes only the nodes above what
/// changed; whole subtrees of zeros cost nothing. One thread at a time.
/// </summary>
/// <remarks>FORMAT.md section 10.</remarks>
internal sealed class BlockMapUpdate
{
    private readonly MapNodeSource source;
    private readonly MapWriter writer;
    private readonly BlockSet set;
    private readonly long blockCount;
    private readonly OpenNode?[] path;
    private readonly byte[] text = new byte[MapNode.MaximumSize];
    private int lowest;
    private long next;

    private BlockMapUpdate(MapNodeSource source, MapWriter writer, BlockSet set, long blockCount)
    {
        this.source = source;
        this.writer = writer;
        this.set = set;
        this.blockCount = blockCount;
        Levels = MapShape.Levels(blockCount);
        path = new OpenNode?[Levels];
    }

    /// <summary>Levels of the new map.</summary>
    public int Levels { get; }

    /// <summary>Opens the map before.</summary>
    /// <param name="source">Reads old nodes.</param>
    /// <param name="writer">Takes new nodes.</param>
    /// <param name="set">Set of the disk.</param>
    /// <param name="before">Root of the map before, or null where nothing was stored.</param>
    /// <param name="levelsBefore">Its levels.</param>
    /// <param name="blockCount">Blocks of the disk as it is now.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<BlockMapUpdate> OpenAsync(
        MapNodeSource source, MapWriter writer, BlockSet set, MapNodeReference? before, int levelsBefore, long blockCount, CancellationToken cancellationToken)
    {
        var update = new BlockMapUpdate(source, writer, set, blockCount);
        int top = update.Levels - 1;
        for (; before is not null && levelsBefore - 1 > top; levelsBefore--)
        {
            MapNode node = await source.GetAsync(set, before.Value, levelsBefore - 1, cancellationToken).ConfigureAwait(false);
            before = node.Has(0) ? node.Child(0) : null;
        }

        update.lowest = top;
        if (before is null)
        {
            update.path[top] = new OpenNode(new MapNodeBuilder(top), null, 0);
        }
        else if (levelsBefore - 1 == top)
        {
            MapNode node = await source.GetAsync(set, before.Value, top, cancellationToken).ConfigureAwait(false);
            update.path[top] = new OpenNode(new MapNodeBuilder(node), before, 0);
        }
        else
        {
            update.Wrap(before.Value, levelsBefore);
        }

        return update;
    }

    /// <summary>Says what a block holds now.</summary>
    /// <param name="block">Its index, above all that were named before.</param>
    /// <param name="location">Its content id and pack.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask SetAsync(long block, BlockLocation location, CancellationToken cancellationToken)
    {
        Advance(block, 1);
        while (true)
        {
            OpenNode node = await CoverAsync(block, cancellationToken).ConfigureAwait(false);
            if (lowest == 0)
            {
                int slot = MapShape.Slot(block, 0);
                if (!node.Builder.Has(slot) || node.Builder.Block(slot) != location)
                {
                    node.Builder.Set(slot, location);
                    node.Changed = true;
                }

                return;
            }

            await DescendAsync(node, block, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says that a range of blocks holds zeros now.</summary>
    /// <param name="first">First block, above all that were named before.</param>
    /// <param name="count">Number of blocks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask ClearAsync(long first, long count, CancellationToken cancellationToken)
    {
        Advance(first, count);
        return ClearRangeAsync(first, first + count, cancellationToken);
    }

    /// <summary>Writes the nodes that are open.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The new root: the old one if nothing changed, null if nothing is stored.</returns>
    public async Task<MapNodeReference?> CompleteAsync(CancellationToken cancellationToken)
    {
        await ClearRangeAsync(blockCount, MapShape.Blocks(Levels), cancellationToken).ConfigureAwait(false);
        while (lowest < Levels - 1)
        {
            await CloseLowestAsync(cancellationToken).ConfigureAwait(false);
        }

        return await WriteAsync(path[Levels - 1]!, cancellationToken).ConfigureAwait(false);
    }

    private void Wrap(MapNodeReference before, int levelsBefore)
    {
        for (int level = Levels - 1; level >= levelsBefore; level--)
        {
            path[level] = new OpenNode(new MapNodeBuilder(level), null, 0) { Changed = true };
        }

        path[levelsBefore]!.Builder.Set(0, before);
        lowest = levelsBefore;
    }

    private void Advance(long first, long count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(first, next);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, blockCount - count);
        next = first + count;
    }

    private async ValueTask ClearRangeAsync(long position, long end, CancellationToken cancellationToken)
    {
        while (position < end)
        {
            OpenNode node = await CoverAsync(position, cancellationToken).ConfigureAwait(false);
            int slot = MapShape.Slot(position, lowest);
            long size = MapShape.Blocks(lowest);
            long start = position & ~(size - 1);
            if (!node.Builder.Has(slot))
            {
                position = start + size;
            }
            else if (start == position && start + size <= end)
            {
                node.Builder.Remove(slot);
                node.Changed = true;
                position = start + size;
            }
            else
            {
                await DescendAsync(node, position, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Closes nodes until the lowest open one covers a block.</summary>
    private async ValueTask<OpenNode> CoverAsync(long block, CancellationToken cancellationToken)
    {
        while (path[lowest]!.Number != MapShape.Number(block, lowest))
        {
            await CloseLowestAsync(cancellationToken).ConfigureAwait(false);
        }

        return path[lowest]!;
    }

    private async ValueTask DescendAsync(OpenNode parent, long block, CancellationToken cancellationToken)
    {
        int level = lowest - 1;
        int slot = MapShape.Slot(block, lowest);
        MapNodeReference? old = parent.Builder.Has(slot) ? parent.Builder.Child(slot) : null;
        MapNodeBuilder builder = old is null
            ? new MapNodeBuilder(level)
            : new MapNodeBuilder(await source.GetAsync(set, old.Value, level, cancellationToken).ConfigureAwait(false));
        path[level] = new OpenNode(builder, old, MapShape.Number(block, level));
        lowest = level;
    }

    private async ValueTask CloseLowestAsync(CancellationToken cancellationToken)
    {
        OpenNode node = path[lowest]!;
        MapNodeReference? written = await WriteAsync(node, cancellationToken).ConfigureAwait(false);
        OpenNode parent = path[lowest + 1]!;
        int slot = (int)(node.Number & (MapNode.FanOut - 1));
        if (written is null && parent.Builder.Has(slot))
        {
            parent.Builder.Remove(slot);
            parent.Changed = true;
        }
        else if (written is not null && written != node.Old)
        {
            parent.Builder.Set(slot, written.Value);
            parent.Changed = true;
        }

        path[lowest] = null;
        lowest++;
    }

    private async ValueTask<MapNodeReference?> WriteAsync(OpenNode node, CancellationToken cancellationToken)
    {
        if (!node.Changed)
        {
            return node.Old;
        }

        if (node.Builder.Presence == 0)
        {
            return null;
        }

        int length = node.Builder.Encode(text);
        return node.Old is not null && Digest.Of(text.AsSpan(0, length)) == node.Old.Value.Hash
            ? node.Old
            : await writer.AddAsync(text.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
    }

    private sealed class OpenNode(MapNodeBuilder builder, MapNodeReference? old, long number)
    {
        public MapNodeBuilder Builder { get; } = builder;

        public MapNodeReference? Old { get; } = old;

        public long Number { get; } = number;

        public bool Changed { get; set; }
    }
}
