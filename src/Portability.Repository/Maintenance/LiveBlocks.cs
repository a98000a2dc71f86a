using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Maintenance;

/// <summary>
/// Which blocks of some packs are needed. A block is needed if any snapshot names its content, from whichever pack it was taken: hints may be
/// old, and nobody can tell by them where a block lies now. One caller at a time.
/// </summary>
/// <remarks>FORMAT.md, section 16.</remarks>
internal sealed class LiveBlocks
{
    private readonly Dictionary<BlockId, bool> blocks = [];

    /// <summary>Adds the blocks of a pack, none of them needed yet.</summary>
    public void Watch(PackDirectory pack)
    {
        foreach (BlockId id in pack.Blocks)
        {
            blocks.TryAdd(id, false);
        }
    }

    /// <summary>Marks a block as needed.</summary>
    public void Mark(BlockId id)
    {
        ref bool needed = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrNullRef(blocks, id);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref needed))
        {
            needed = true;
        }
    }

    /// <summary>True if a block is needed.</summary>
    public bool Contains(BlockId id) => blocks.GetValueOrDefault(id);
}
