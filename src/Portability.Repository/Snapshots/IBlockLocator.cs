using Portability.Repository.Maps;
using Portability.Repository.Objects;

namespace Portability.Repository.Snapshots;

/// <summary>Finds other packs that may hold a block. Thread-safe.</summary>
public interface IBlockLocator
{
    /// <summary>The pack where a block of another pack was found last: many of its blocks moved there together.</summary>
    /// <param name="pack">The pack that a map names.</param>
    /// <returns>Null if none of its blocks was looked for.</returns>
    ObjectId? Moved(ObjectId pack);

    /// <summary>Notes where a block of a pack was found.</summary>
    /// <param name="pack">The pack that a map names.</param>
    /// <param name="now">The pack that holds the block.</param>
    void Note(ObjectId pack, ObjectId now);

    /// <summary>Lists packs that are said to hold a block; a block read from any of them is checked.</summary>
    /// <param name="set">Set of the block.</param>
    /// <param name="location">The block, and the pack that does not hold it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IAsyncEnumerable<ObjectId> FindAsync(BlockSet set, BlockLocation location, CancellationToken cancellationToken);
}
