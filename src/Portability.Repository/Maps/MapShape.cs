namespace Portability.Repository.Maps;

/// <summary>Arithmetic of block maps.</summary>
/// <remarks>FORMAT.md section 10.</remarks>
internal static class MapShape
{
    /// <summary>Levels of the map of a disk: the fewest with 32^levels blocks or more, and at least one.</summary>
    public static int Levels(long blockCount)
    {
        int levels = 1;
        while (levels < MapNode.MaximumLevels && Blocks(levels) < blockCount)
        {
            levels++;
        }

        return levels;
    }

    /// <summary>Blocks that a tree of this many levels covers: those of one node of level `levels - 1`.</summary>
    public static long Blocks(int levels) => 1L << (MapNode.FanOutBits * levels);

    /// <summary>Number of the child that leads to a block.</summary>
    public static int Slot(long block, int level) => (int)(block >> (MapNode.FanOutBits * level)) & (MapNode.FanOut - 1);

    /// <summary>Number of the node of a level that covers a block.</summary>
    public static long Number(long block, int level) => block >> (MapNode.FanOutBits * (level + 1));
}
