using System.Collections.Concurrent;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Locations;

/// <summary>
/// Finds blocks of earlier captures by the local index, and believes nothing that the index says: the pack is looked up where it is signed,
/// and its directory, read from the store, must name the block. For one capture. Thread-safe.
/// </summary>
public sealed class BlockReuse : IBlockReuse
{
    private readonly BlockReader blocks;
    private readonly IPackTrust trust;
    private readonly Func<BlockSet, LocationIndex?> indexes;
    private readonly ConcurrentDictionary<(BlockSet Set, PackHint Hint), Task<WrittenObject?>> answers = [];
    private readonly ConcurrentDictionary<(BlockSet Set, ObjectId Pack), bool> unreadable = [];

    /// <summary>Initialises.</summary>
    /// <param name="blocks">Reads directories; stays the caller's.</param>
    /// <param name="indexes">The local index of each set; stays the caller's.</param>
    /// <param name="trust">Tells what may be relied on.</param>
    public BlockReuse(BlockReader blocks, Func<BlockSet, LocationIndex?> indexes, IPackTrust trust)
    {
        this.blocks = blocks;
        this.indexes = indexes;
        this.trust = trust;
    }

    /// <inheritdoc/>
    public async ValueTask<WrittenObject?> FindAsync(BlockSet set, BlockId id, CancellationToken cancellationToken)
    {
        if (indexes(set) is not { } index)
        {
            return null;
        }

        foreach (PackHint hint in index.Find(id))
        {
            if (unreadable.ContainsKey((set, hint.Pack)))
            {
                continue;
            }

            WrittenObject? pack = await AskAsync(set, hint, cancellationToken).ConfigureAwait(false);
            if (pack is not null && await HoldsAsync(set, pack.Value.Id, id, cancellationToken).ConfigureAwait(false))
            {
                return pack;
            }
        }

        return null;
    }

    private Task<WrittenObject?> AskAsync(BlockSet set, PackHint hint, CancellationToken cancellationToken) =>
        answers.GetOrAdd((set, hint), static (key, state) => state.Self.trust.FindAsync(key.Set, key.Hint, state.Token), (Self: this, Token: cancellationToken));

    private async ValueTask<bool> HoldsAsync(BlockSet set, ObjectId pack, BlockId id, CancellationToken cancellationToken)
    {
        try
        {
            PackReader reader = await blocks.PackAsync(set, pack, cancellationToken).ConfigureAwait(false);
            return reader.Directory.TryFind(id, out _, out _);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            unreadable.TryAdd((set, pack), true); // gone or damaged: the block is stored anew
            return false;
        }
    }
}
