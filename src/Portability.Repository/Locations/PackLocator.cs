using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Portability.Repository.Backends;
using Portability.Repository.Maintenance;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Locations;

/// <summary>
/// Finds blocks whose pack is gone: in the packs that substitutions put in its place, then in whatever runs say. What it says may be wrong in
/// every part; who signed it does not matter, since each block is checked. Thread-safe.
/// </summary>
/// <remarks>FORMAT.md, sections 12 and 16.</remarks>
public sealed class PackLocator : IBlockLocator, IDisposable
{
    private readonly OpenRepository repository;
    private readonly ObjectScope scope;
    private readonly ConcurrentDictionary<ObjectId, ObjectId> found = [];
    private readonly ConcurrentDictionary<ObjectId, bool> lookedFor = [];
    private readonly SemaphoreSlim loading = new(1, 1);
    private readonly List<LocationRun> opened = [];
    private volatile Places? places;

    /// <summary>Initialises a locator; it reads nothing before it is asked.</summary>
    /// <param name="repository">The repository; stays the caller's.</param>
    /// <param name="scope">Opens runs.</param>
    public PackLocator(OpenRepository repository, ObjectScope scope)
    {
        this.repository = repository;
        this.scope = scope;
    }

    /// <inheritdoc/>
    public ObjectId? Moved(ObjectId pack) => found.TryGetValue(pack, out ObjectId now) ? now : null;

    /// <inheritdoc/>
    public void Note(ObjectId pack, ObjectId now) => found[pack] = now;

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectId> FindAsync(BlockSet set, BlockLocation location, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Places known = places ?? await LoadAsync(null, cancellationToken).ConfigureAwait(false);
        var told = new HashSet<ObjectId> { location.Pack };
        for (int look = 0; ; look++)
        {
            foreach (ObjectId pack in known.Substitutes(location.Pack).Where(told.Add))
            {
                yield return pack;
            }

            foreach (LocationRun run in known.Runs.Where(run => run.Set == set))
            {
                foreach (ObjectId pack in await FindAsync(run, location.Id, cancellationToken).ConfigureAwait(false))
                {
                    if (told.Add(pack))
                    {
                        yield return pack;
                    }
                }
            }

            // It may have been moved after the look: one more, for each pack once.
            if (look > 0 || !lookedFor.TryAdd(location.Pack, true))
            {
                yield break;
            }

            known = await LoadAsync(known, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets all keys; nobody reads any more.</summary>
    public void Dispose()
    {
        foreach (LocationRun run in opened)
        {
            run.Dispose();
        }

        loading.Dispose();
    }

    private static async Task<List<ObjectId>> FindAsync(LocationRun run, BlockId id, CancellationToken cancellationToken)
    {
        var packs = new List<ObjectId>();
        try
        {
            await foreach (Location place in run.FindAsync(id, cancellationToken).ConfigureAwait(false))
            {
                packs.Add(place.Pack);
            }
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException or StorageException { ErrorId: "ObjectNotFound" })
        {
            return packs; // gone or damaged: another run covers what it covered, or nothing does
        }

        return packs;
    }

    private async Task<Places> LoadAsync(Places? before, CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (places != before)
            {
                return places!;
            }

            IReadOnlyList<Substitution> substitutions = await Substitutions.ReadAsync(repository, before?.All ?? [], cancellationToken).ConfigureAwait(false);
            places = new Places(substitutions, await OpenRunsAsync(before?.Runs ?? [], cancellationToken).ConfigureAwait(false));
            return places;
        }
        finally
        {
            loading.Release();
        }
    }

    private async Task<LocationRun[]> OpenRunsAsync(LocationRun[] known, CancellationToken cancellationToken)
    {
        var runs = known.ToDictionary(run => run.Id);
        var standing = new HashSet<ObjectId>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts) || parts.Kind != RepositoryNameKind.StoredObject)
            {
                continue;
            }

            try
            {
                if (!runs.ContainsKey(parts.ObjectId))
                {
                    LocationRun run = await LocationRun.OpenCopyAsync(scope, BlockSet.None, parts.ObjectId, entry.Name, cancellationToken).ConfigureAwait(false);
                    runs.Add(run.Id, run);
                    opened.Add(run);
                }

                standing.Add(parts.ObjectId);
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException or UnsupportedFeatureException or StorageException { ErrorId: "ObjectNotFound" })
            {
                // A copy that cannot be read finds nothing; the next one may.
            }
        }

        return [.. runs.Values.Where(run => standing.Contains(run.Id)).OrderByDescending(run => run.Count)];
    }

    /// <summary>One look at the store.</summary>
    private sealed class Places
    {
        private readonly ILookup<ObjectId, ObjectId> substitutes;

        public Places(IReadOnlyList<Substitution> all, LocationRun[] runs)
        {
            All = all;
            Runs = runs;
            substitutes = all.SelectMany(item => item.Old.Select(old => (Old: old, New: item.New.Id))).ToLookup(item => item.Old, item => item.New);
        }

        public IReadOnlyList<Substitution> All { get; }

        public LocationRun[] Runs { get; }

        /// <summary>Packs that took the place of one, and of those, the nearest first.</summary>
        public IEnumerable<ObjectId> Substitutes(ObjectId pack)
        {
            var told = new HashSet<ObjectId> { pack };
            var open = new Queue<ObjectId>([pack]);
            while (open.TryDequeue(out ObjectId next))
            {
                foreach (ObjectId place in substitutes[next].Where(told.Add))
                {
                    yield return place;
                    open.Enqueue(place);
                }
            }
        }
    }
}
