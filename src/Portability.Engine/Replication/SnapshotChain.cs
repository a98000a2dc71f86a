using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Replication;

/// <summary>Checks that snapshots which a mirror shall take follow each other: by the hashes that manifests and tombstones hold of the ones before.</summary>
/// <remarks>FORMAT.md, section 15: an older manifest is taken where its hash fits the chain or a tombstone.</remarks>
internal static class SnapshotChain
{
    /// <summary>Refuses what does not fit.</summary>
    /// <param name="origin">The origin.</param>
    /// <param name="destination">The mirror.</param>
    /// <param name="here">The workload at the origin.</param>
    /// <param name="there">The workload at the mirror.</param>
    /// <param name="entries">All snapshots of it at the origin.</param>
    /// <param name="missing">Those that shall be sent.</param>
    /// <param name="observer">Hears of manifests at the mirror that do not read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="IntegrityException">`ManifestConflict`.</exception>
    /// <exception cref="PortabilityException">The mirror cannot be read.</exception>
    public static async Task RequireAsync(
        RepositoryConnection origin,
        RepositoryConnection destination,
        SnapshotSequence here,
        SnapshotSequence there,
        IReadOnlyList<CatalogEntry> entries,
        IReadOnlyList<CatalogEntry> missing,
        IOperationObserver observer,
        CancellationToken cancellationToken)
    {
        Dictionary<long, CatalogEntry> known = entries.GroupBy(entry => entry.Manifest.Number).ToDictionary(group => group.Key, group => group.First());
        foreach (CatalogEntry entry in missing)
        {
            long parent = entry.Manifest.ParentNumber;
            RecordHash? before = known.TryGetValue(parent, out CatalogEntry? found)
                ? found.Record.Hash
                : (here.FindTombstone(parent) ?? there.FindTombstone(parent)) is { Hash.IsEmpty: false } tombstone ? tombstone.Hash : null;
            if (before is not null && before != entry.Manifest.ParentHash)
            {
                throw Conflict(entry, FormattableString.Invariant($"snapshot {entry.Manifest.Number} follows another snapshot {parent} than '{origin.Store.Location}' shows"));
            }
        }

        // Snapshots that only the mirror still has.
        CatalogEntry[] own = await ReadOwnAsync(destination, there, known, observer, cancellationToken).ConfigureAwait(false);
        foreach (CatalogEntry child in own)
        {
            if (missing.FirstOrDefault(entry => entry.Manifest.Number == child.Manifest.ParentNumber) is { } entry && entry.Record.Hash != child.Manifest.ParentHash)
            {
                throw Conflict(entry, FormattableString.Invariant($"snapshot {child.Manifest.Number} at '{destination.Store.Location}' follows another snapshot {entry.Manifest.Number}"));
            }
        }

        foreach (CatalogEntry entry in missing)
        {
            if (Array.Find(own, parent => parent.Manifest.Number == entry.Manifest.ParentNumber) is { } parent && parent.Record.Hash != entry.Manifest.ParentHash)
            {
                throw Conflict(entry, FormattableString.Invariant($"snapshot {entry.Manifest.Number} follows another snapshot {parent.Manifest.Number} than '{destination.Store.Location}' has"));
            }
        }
    }

    private static async Task<CatalogEntry[]> ReadOwnAsync(
        RepositoryConnection destination, SnapshotSequence there, Dictionary<long, CatalogEntry> known, IOperationObserver observer, CancellationToken cancellationToken)
    {
        (long Number, BlobName Name)[] names = [.. there.Names.Where(name => !known.ContainsKey(name.Number))];
        var own = new List<CatalogEntry>();
        var listing = new WorkloadListing(there.Workload, names, there);
        await foreach (CatalogEntry entry in new SnapshotCatalog(destination, observer).ReadAsync(listing, cancellationToken).ConfigureAwait(false))
        {
            own.Add(entry);
        }

        return [.. own];
    }

    private static IntegrityException Conflict(CatalogEntry entry, string fact) => new(
        "ManifestConflict",
        $"Failed to sync '{entry.Manifest.Name}': {fact}.",
        "Run Test-WorkloadRepository at both sides and find out who put the other manifest.",
        entry.Name.Value);
}
