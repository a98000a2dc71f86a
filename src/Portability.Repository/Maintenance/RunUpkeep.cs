using System.Runtime.CompilerServices;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>Keeps runs few and packs covered: merges runs of like size, and covers packs that no run covers from their directories. What is needless then, the collection drops.</summary>
/// <remarks>FORMAT.md, section 12. One caller at a time.</remarks>
internal sealed class RunUpkeep
{
    /// <summary>Runs of like size that are merged; sizes are alike within a factor of as many.</summary>
    public const int MergeCount = 8;

    // Each open run keeps a page in memory.
    private const int MostAtOnce = 64;

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly ObjectScope scope;
    private readonly RunCoverage coverage;
    private readonly string holder;

    /// <summary>Initialises an upkeep.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">A key that may compact.</param>
    /// <param name="scope">Opens runs and packs.</param>
    /// <param name="coverage">Tells what runs cover.</param>
    /// <param name="holder">Who it is, for people.</param>
    public RunUpkeep(OpenRepository repository, RecordSigner signer, ObjectScope scope, RunCoverage coverage, string holder)
    {
        this.repository = repository;
        this.signer = signer;
        this.scope = scope;
        this.coverage = coverage;
        this.holder = holder;
    }

    /// <summary>Does what there is to do.</summary>
    /// <param name="live">What is needed.</param>
    /// <param name="cancellationToken">Gives up; what was put is kept or collected.</param>
    /// <exception cref="PortabilityException">The store failed, or the lease is lost.</exception>
    public async Task RunAsync(LiveObjects live, CancellationToken cancellationToken)
    {
        List<CensusEntry> runs = await ListAsync(RepositoryNames.LocationPrefix, cancellationToken).ConfigureAwait(false);
        var counting = new List<(ObjectId Id, RunCoverage.Cover Cover)>();
        foreach (IGrouping<ObjectId, CensusEntry> run in runs.GroupBy(run => run.Id))
        {
            RunCoverage.Cover cover = await coverage.CoverAsync(run, cancellationToken).ConfigureAwait(false);
            if (cover.Counts)
            {
                counting.Add((run.Key, cover));
            }
        }

        HashSet<ObjectId> covered = [.. counting.SelectMany(run => run.Cover.Packs)];
        CensusEntry[] bare = [.. (await ListAsync(RepositoryNames.PackPrefix, cancellationToken).ConfigureAwait(false)).Where(pack => live.Contains(pack.Id) && !covered.Contains(pack.Id)).DistinctBy(pack => pack.Id)];
        List<LocationRun> opened = [];
        WriterLease? lease = null;
        try
        {
            if (counting.Count >= MergeCount)
            {
                await OpenAsync(counting, opened, cancellationToken).ConfigureAwait(false);
            }

            LocationRun[][] tiers = [.. opened.Where(run => run.Count <= LocationRunWriter.MaximumEntries / 2)
                .GroupBy(run => (run.Set, Tier: (int)Math.Log(run.Count, MergeCount)))
                .Where(tier => tier.Count() >= MergeCount)
                .SelectMany(tier => tier.OrderBy(run => run.Count).Chunk(MostAtOnce))
                .Where(some => some.Length > 1)];
            if (bare.Length == 0 && tiers.Length == 0)
            {
                return;
            }

            lease = await WriterLease.OpenAsync(repository, signer, new LeaseRequest { Kind = LeaseKind.Compact, Holder = holder }, cancellationToken).ConfigureAwait(false);
            foreach (LocationRun[] tier in tiers)
            {
                await RunBatch.PutAsync(scope, tier[0].Set, lease.Id, repository.Random, signer, MergedAsync(tier, live, cancellationToken), cancellationToken).ConfigureAwait(false);
                await lease.BeatAsync(cancellationToken).ConfigureAwait(false);
            }

            await CoverAsync(bare, lease, cancellationToken).ConfigureAwait(false);
            await lease.EndAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lease?.Dispose();
            opened.ForEach(run => run.Dispose());
        }
    }

    private async Task<List<CensusEntry>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var found = new List<CensusEntry>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.StoredObject)
            {
                found.Add(new CensusEntry(entry.Name, parts.ObjectId, parts.ObjectKind, parts.Copy, entry.Length));
            }
        }

        return found;
    }

    private async Task OpenAsync(List<(ObjectId Id, RunCoverage.Cover Cover)> runs, List<LocationRun> opened, CancellationToken cancellationToken)
    {
        foreach ((ObjectId id, RunCoverage.Cover cover) in runs)
        {
            try
            {
                opened.Add(await LocationRun.OpenCopyAsync(scope, BlockSet.None, id, cover.Name, cancellationToken).ConfigureAwait(false));
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException or StorageException { ErrorId: "ObjectNotFound" })
            {
                // Signed and yet damaged, or just dropped: it is not merged.
            }
        }
    }

    // What lies in a pack that is needed no more is left out. A run that turns out damaged ends the merging: what was put is dropped again.
    private static async IAsyncEnumerable<Location> MergedAsync(LocationRun[] runs, LiveObjects live, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var queue = new PriorityQueue<IAsyncEnumerator<Location>, BlockId>();
        var all = new List<IAsyncEnumerator<Location>>();
        try
        {
            foreach (LocationRun run in runs)
            {
                IAsyncEnumerator<Location> places = run.AllAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
                all.Add(places);
                if (await places.MoveNextAsync().ConfigureAwait(false))
                {
                    queue.Enqueue(places, places.Current.Id);
                }
            }

            Location? last = null;
            while (queue.TryDequeue(out IAsyncEnumerator<Location>? places, out _))
            {
                if (last != places.Current && live.Contains(places.Current.Pack))
                {
                    last = places.Current;
                    yield return places.Current;
                }

                if (await places.MoveNextAsync().ConfigureAwait(false))
                {
                    queue.Enqueue(places, places.Current.Id);
                }
            }
        }
        finally
        {
            foreach (IAsyncEnumerator<Location> places in all)
            {
                await places.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task CoverAsync(CensusEntry[] packs, WriterLease lease, CancellationToken cancellationToken)
    {
        var places = new Dictionary<BlockSet, List<Location>>();
        foreach (CensusEntry pack in packs)
        {
            BlockSet set = RepositoryNames.TryParse(pack.Name, out RepositoryName parts) ? parts.Set : BlockSet.None;
            try
            {
                using PackReader reader = await PackReader.OpenAsync(scope, set, pack.Id, cancellationToken).ConfigureAwait(false);
                List<Location> own = places.TryGetValue(set, out List<Location>? known) ? known : places[set] = [];
                foreach (PackFrame frame in reader.Directory.Frames)
                {
                    for (int block = 0; block < frame.BlockCount; block++)
                    {
                        own.Add(new Location(reader.Directory.Blocks[frame.FirstBlock + block], pack.Id, (uint)frame.Offset, (uint)frame.Length, (ushort)block));
                    }
                }

                if (own.Count >= LocationRunWriter.MaximumEntries)
                {
                    await RunBatch.PutAsync(scope, set, lease.Id, repository.Random, signer, own, cancellationToken).ConfigureAwait(false);
                    own.Clear();
                }
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
            {
                // Its directory is damaged: checks report it, a mirror repairs it.
            }
        }

        foreach ((BlockSet set, List<Location> own) in places)
        {
            await RunBatch.PutAsync(scope, set, lease.Id, repository.Random, signer, own, cancellationToken).ConfigureAwait(false);
        }
    }
}
