using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Backends;

namespace Portability.Engine.Replication;

/// <summary>Reads all manifests of a workload and keeps the first damage: a mirror does not take part of a workload for all of it.</summary>
internal sealed class StrictReader
{
    private const int ReadsAtOnce = 8;
    private readonly SnapshotCatalog catalog;
    private readonly WorkloadListing listing;

    public StrictReader(SnapshotCatalog catalog, WorkloadListing listing)
    {
        this.catalog = catalog;
        this.listing = listing;
    }

    /// <summary>The first manifest that does not read, or null. One beside which a whole one stands under the same number is none.</summary>
    public PortabilityException? Damage { get; private set; }

    /// <summary>Reads.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Snapshots that stand and count, ascending, one a number.</returns>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public async Task<List<CatalogEntry>> ReadAsync(CancellationToken cancellationToken)
    {
        await catalog.CheckCacheAsync(listing, cancellationToken).ConfigureAwait(false);
        var found = new SortedDictionary<long, CatalogEntry>();
        var damaged = new SortedDictionary<long, PortabilityException>();
        foreach ((long Number, BlobName Name)[] part in listing.Manifests.Chunk(ReadsAtOnce))
        {
            (long Number, CatalogEntry? Entry, PortabilityException? Damage)[] read =
                await Task.WhenAll(part.Select(place => ReadAsync(place, cancellationToken))).ConfigureAwait(false);
            foreach ((long number, CatalogEntry? entry, PortabilityException? damage) in read)
            {
                if (entry is not null)
                {
                    found.TryAdd(number, entry);
                }
                else if (damage is not null)
                {
                    damaged.TryAdd(number, damage);
                }
            }
        }

        Damage = damaged.FirstOrDefault(item => !found.ContainsKey(item.Key)).Value;
        return [.. found.Values];
    }

    private async Task<(long Number, CatalogEntry? Entry, PortabilityException? Damage)> ReadAsync(
        (long Number, BlobName Name) place, CancellationToken cancellationToken)
    {
        try
        {
            return (place.Number, await catalog.TryReadAsync(listing.Workload, place, cancellationToken).ConfigureAwait(false), null);
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return (place.Number, null, exception);
        }
    }
}
