using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Maintenance;
using Portability.Repository.Objects;

namespace Portability.Engine.Replication;

/// <summary>Tells which objects a mirror does not have because it has others in their place for a snapshot, by a compaction of its own or of its origin. One caller at a time.</summary>
/// <remarks>FORMAT.md, section 16.</remarks>
internal sealed class MirrorSubstitutes
{
    private readonly ObjectTransfer transfer;
    private readonly ILookup<ObjectId, Substitution> byOld;
    private readonly Dictionary<ObjectId, bool> whole = [];

    private MirrorSubstitutes(ObjectTransfer transfer, IReadOnlyList<Substitution> all)
    {
        this.transfer = transfer;
        byOld = all.SelectMany(item => item.Old.Select(old => (Old: old, Item: item))).ToLookup(pair => pair.Old, pair => pair.Item);
    }

    /// <summary>Reads them.</summary>
    /// <param name="destination">The mirror.</param>
    /// <param name="transfer">Looks at its objects.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">The mirror cannot be read.</exception>
    public static async Task<MirrorSubstitutes> ReadAsync(RepositoryConnection destination, ObjectTransfer transfer, CancellationToken cancellationToken) =>
        new(transfer, await Substitutions.ReadAsync(destination.Opened, [], cancellationToken).ConfigureAwait(false));

    /// <summary>Tells whether the mirror lacks an object and has, whole by its hash, what took its place.</summary>
    /// <param name="entry">The snapshot that names the object.</param>
    /// <param name="item">The object.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">The mirror cannot be read.</exception>
    public async Task<bool> StandInForAsync(CatalogEntry entry, WrittenObject item, CancellationToken cancellationToken) =>
        byOld.Contains(item.Id)
        && !await transfer.StandsAsync(item, verify: false, cancellationToken).ConfigureAwait(false)
        && await IsServedAsync(entry, item.Id, [], cancellationToken).ConfigureAwait(false);

    private async Task<bool> IsServedAsync(CatalogEntry entry, ObjectId id, HashSet<ObjectId> way, CancellationToken cancellationToken)
    {
        foreach (Substitution item in byOld[id].Where(item => item.CompleteFor.Contains(entry.Record.Hash) && way.Add(item.New.Id)))
        {
            if (!whole.TryGetValue(item.New.Id, out bool isWhole))
            {
                isWhole = whole[item.New.Id] = await transfer.StandsAsync(item.New, verify: true, cancellationToken).ConfigureAwait(false);
            }

            if (isWhole || await IsServedAsync(entry, item.New.Id, way, cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }
}
