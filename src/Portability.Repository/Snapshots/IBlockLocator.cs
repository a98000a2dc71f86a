using Portability.Repository.Objects;

namespace Portability.Repository.Snapshots;

/// <summary>Finds other packs that may hold a block. Thread-safe.</summary>
public interface IBlockLocator
{
    /// <summary>Lists packs that are said to hold a block; a block read from any of them is checked.</summary>
    /// <param name="set">Set of the block.</param>
    /// <param name="id">The block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    IAsyncEnumerable<ObjectId> FindAsync(BlockSet set, BlockId id, CancellationToken cancellationToken);
}
