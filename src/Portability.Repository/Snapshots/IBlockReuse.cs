using Portability.Repository.Objects;

namespace Portability.Repository.Snapshots;

/// <summary>Finds blocks that earlier captures stored and that this one may rely on. Thread-safe.</summary>
public interface IBlockReuse
{
    /// <summary>Finds a pack that holds a block and that the lease looks after from now on.</summary>
    /// <param name="set">Set of the block.</param>
    /// <param name="id">The block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The pack, or null: then the block is stored anew, which is always right.</returns>
    ValueTask<WrittenObject?> FindAsync(BlockSet set, BlockId id, CancellationToken cancellationToken);
}
