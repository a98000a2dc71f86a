using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>Tells which runs are needless: they cover no pack that is needed and that no other run covers. Needs no key.</summary>
/// <remarks>FORMAT.md, sections 12 and 13.</remarks>
internal sealed class RunCoverage
{
    private readonly OpenRepository repository;
    private readonly StoredObjects objects;
    private readonly Dictionary<ObjectId, ObjectId[]> packs = [];

    public RunCoverage(OpenRepository repository)
    {
        this.repository = repository;
        objects = new StoredObjects(repository.Store);
    }

    /// <summary>Finds the runs that may go and are needless, given that all others stay.</summary>
    /// <param name="runs">All runs that are there.</param>
    /// <param name="mayGo">Those that may go.</param>
    /// <param name="live">What manifests need.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<HashSet<ObjectId>> FindNeedlessAsync(
        IReadOnlyCollection<CensusEntry> runs, Func<CensusEntry, bool> mayGo, LiveObjects live, CancellationToken cancellationToken)
    {
        var all = new List<(ObjectId Id, bool MayGo, ObjectId[] Packs)>();
        foreach (IGrouping<ObjectId, CensusEntry> run in runs.GroupBy(run => run.Id))
        {
            all.Add((run.Key, run.All(mayGo), await PacksAsync(run, cancellationToken).ConfigureAwait(false)));
        }

        // Those that stay anyway first, then the large ones: the small ones that were merged into them are needless.
        var covered = new HashSet<ObjectId>();
        var needless = new HashSet<ObjectId>();
        foreach ((ObjectId id, bool free, ObjectId[] content) in all.OrderBy(run => run.MayGo).ThenByDescending(run => run.Packs.Length).ThenBy(run => run.Id))
        {
            ObjectId[] needed = [.. content.Where(pack => live.Contains(pack) && !covered.Contains(pack))];
            if (free && needed.Length == 0)
            {
                needless.Add(id);
            }

            covered.UnionWith(needed);
        }

        return needless;
    }

    private async Task<ObjectId[]> PacksAsync(IEnumerable<CensusEntry> copies, CancellationToken cancellationToken)
    {
        ObjectId id = copies.First().Id;
        if (packs.TryGetValue(id, out ObjectId[]? known))
        {
            return known;
        }

        foreach (CensusEntry copy in copies)
        {
            try
            {
                (_, _, ObjectId[] found) = await LocationRun.ReadCoverageAsync(objects, repository.Id, id, copy.Name, cancellationToken).ConfigureAwait(false);
                packs.Add(id, found);
                return found;
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException or UnsupportedFeatureException or StorageException { ErrorId: "ObjectNotFound" })
            {
                // A copy that cannot be read covers nothing; the next one may.
            }
        }

        return [];
    }
}
