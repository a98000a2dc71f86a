using Portability.Repository.Backends;

namespace Portability.Repository.Maintenance;

/// <summary>One look at all packs, maps, reference objects and runs: those that no manifest seems to need, and sums. Memory is bounded by the longest list.</summary>
internal sealed class ObjectCensus
{
    private static readonly string[] Prefixes = [RepositoryNames.PackPrefix, RepositoryNames.MapPrefix, RepositoryNames.ReferencePrefix];

    /// <summary>Copies that nothing marked, ascending by name; all copies of an object or none.</summary>
    public List<CensusEntry> Unmarked { get; } = [];

    /// <summary>All runs.</summary>
    public List<CensusEntry> Runs { get; } = [];

    /// <summary>Those of the names that were asked for that are there.</summary>
    public HashSet<BlobName> Present { get; } = [];

    /// <summary>False if there are more unmarked copies than one list may name.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Bytes of everything that was seen.</summary>
    public long StoredBytes { get; private set; }

    /// <summary>Lists the objects.</summary>
    /// <param name="store">The store.</param>
    /// <param name="live">What is needed for all that is known; a look before this one, so that this need not hold every name.</param>
    /// <param name="watched">Names of which to tell whether they are there.</param>
    /// <param name="most">Most unmarked copies that are gathered.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ObjectCensus> TakeAsync(
        IBlobStore store, LiveObjects live, IReadOnlySet<BlobName> watched, int most, CancellationToken cancellationToken)
    {
        var census = new ObjectCensus();
        foreach (string prefix in Prefixes)
        {
            await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                census.Add(entry, live, watched, most);
            }
        }

        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (census.TryRead(entry, watched, out CensusEntry run))
            {
                census.Runs.Add(run);
            }
        }

        return census;
    }

    private void Add(BlobEntry entry, LiveObjects live, IReadOnlySet<BlobName> watched, int most)
    {
        if (!TryRead(entry, watched, out CensusEntry copy) || live.Contains(copy.Id))
        {
            return;
        }

        // Copies of one object follow each other in a listing.
        if (Unmarked.Count >= most && (Unmarked.Count == 0 || Unmarked[^1].Id != copy.Id))
        {
            IsComplete = false;
            return;
        }

        if (IsComplete)
        {
            Unmarked.Add(copy);
        }
    }

    private bool TryRead(BlobEntry entry, IReadOnlySet<BlobName> watched, out CensusEntry copy)
    {
        copy = default;
        if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts) || parts.Kind != RepositoryNameKind.StoredObject)
        {
            return false;
        }

        StoredBytes += entry.Length;
        if (watched.Contains(entry.Name))
        {
            Present.Add(entry.Name);
        }

        copy = new CensusEntry(entry.Name, parts.ObjectId, parts.ObjectKind, parts.Copy, entry.Length);
        return true;
    }
}
