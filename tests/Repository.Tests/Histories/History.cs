using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;
using Portability.Tests;

namespace Portability.Repository.Tests.Histories;

/// <summary>
/// One history of real code: two writers (of one workload or of two), a remover, two collectors, a sync into the same store and a reader with
/// a pin, one store call at a time in an order that a seed decides, with one kill and one pause. Afterwards it says what is wrong.
/// </summary>
internal sealed class History
{
    private const int MostSteps = 20_000;
    private static readonly string[] Prefixes = [RepositoryNames.PackPrefix, RepositoryNames.MapPrefix, RepositoryNames.ReferencePrefix, RepositoryNames.LocationPrefix];
    private static readonly CollectOptions Patient = new() { PollInterval = TimeSpan.FromMinutes(4) };
    private static readonly CollectOptions Impatient = new() { Patience = TimeSpan.Zero, TemporaryPatience = TimeSpan.Zero };

    private readonly HistoryTemplate template;
    private readonly ulong seed;
    private readonly MemoryBlobStore store;
    private readonly StoreScheduler scheduler;
    private readonly HistorySchedule schedule;
    private readonly Dictionary<Guid, byte[]> expected;
    private readonly List<string> faults = [];
    private readonly List<HistoryCapture> captures = [];
    private readonly HashSet<(Guid Workload, long Number)> removing = [];
    private HistorySync? sync;

    public History(HistoryTemplate template, ulong seed)
    {
        this.template = template;
        this.seed = seed;
        store = template.NewStore();
        expected = new Dictionary<Guid, byte[]>(template.Expected);
        schedule = new HistorySchedule(seed);
        scheduler = new StoreScheduler(schedule, kills: 1);
        schedule.Scheduler = scheduler;
    }

    /// <summary>Snapshots that were reported as committed.</summary>
    public int Commits => captures.Count(capture => capture.Committed is not null) + (sync?.Committed.Count ?? 0);

    /// <summary>True if an actor was told that it was shut out.</summary>
    public bool HasShutOut { get; private set; }

    /// <summary>What happened, step by step.</summary>
    public string Trace => string.Join(Environment.NewLine, scheduler.History);

    /// <summary>Store calls and turns of the clock.</summary>
    public int Steps => scheduler.History.Count;

    /// <summary>Runs it, and then a last collection alone.</summary>
    /// <returns>What is wrong, with the whole history; or null.</returns>
    public async Task<string?> RunAsync()
    {
        Start();
        ScheduleOutcome outcome;
        while ((outcome = scheduler.Run(MostSteps)) == ScheduleOutcome.Stuck && schedule.Paused is not null)
        {
            schedule.Resume();
        }

        if (outcome != ScheduleOutcome.Ended)
        {
            faults.Add($"it does not end: {outcome}");
        }

        OpenRepository repository = template.Open(store, new ManualTime(), seed);
        await CheckSnapshotsAsync(repository, "after the history");
        if (faults.Count == 0)
        {
            await CheckLastCollectionAsync(repository);
            await CheckSnapshotsAsync(repository, "after the last collection");
        }

        return faults.Count == 0 ? null : $"{string.Join(Environment.NewLine, faults)}{Environment.NewLine}{Trace}";
    }

    private void Start()
    {
        var random = new SeededRandomSource(seed ^ 0x5EED);
        Guid[] workloads = [HistoryTemplate.First, HistoryTemplate.Second, HistoryTemplate.Third];
        Guid first = workloads[random.NextInt32(3)];
        Guid second = random.NextInt32(2) == 0 ? first : workloads[random.NextInt32(3)];
        bool all = random.NextInt32(2) == 0;
        StartCapture("writer 1", first, 11);
        StartCapture("writer 2", second, 12);
        Start("remover", 13, repository => RemoveAsync(repository, all));
        Start("collector 1", 14, repository => new GarbageCollector(repository, Patient, SilentObserver.Instance).RunAsync(CancellationToken.None));
        Start("collector 2", 15, repository => new GarbageCollector(repository, Patient, SilentObserver.Instance).RunAsync(CancellationToken.None));
        Start("sync", 16, repository =>
        {
            sync = new HistorySync(repository, template.Origin, HistoryTemplate.Mirrored);
            return sync.RunAsync();
        });
        Start("reader", 17, repository => new HistoryReader(template, repository, expected).RunAsync(HistoryTemplate.First, 1));
    }

    private void StartCapture(string actor, Guid workload, ulong salt) => Start(actor, salt, repository =>
    {
        var capture = new HistoryCapture(template, repository, workload);
        captures.Add(capture);
        expected[capture.Snapshot] = capture.Content;
        return capture.RunAsync();
    });

    private void Start(string actor, ulong salt, Func<OpenRepository, Task> body)
    {
        OpenRepository repository = template.Open(scheduler.Attach(actor, store), scheduler.Clock, (seed * 31) + salt);
        scheduler.Start(actor, async () =>
        {
            try
            {
                await body(repository);
            }
            catch (RepositoryLockedException exception)
            {
                HasShutOut |= exception.ErrorId == "WriterShutOut"; // it was told to stop, and why
            }
            catch (Exception exception)
            {
                faults.Add($"{actor}: {exception}");
            }
        });
    }

    private async Task RemoveAsync(OpenRepository repository, bool all)
    {
        var remover = new SnapshotRemover(repository);
        foreach (Guid workload in new[] { HistoryTemplate.First, HistoryTemplate.Second }.Take(all ? 2 : 1))
        {
            for (long number = 1; number <= (all ? 1 : 2); number++)
            {
                BlobName name = RepositoryNames.Manifest(workload, number);
                byte[]? bytes = await repository.Store.TryReadAllAsync(name, 1 << 20, CancellationToken.None);
                if (bytes is not null && SignedRecord.Parse(bytes, name.Value) is { Kind: RecordKind.Manifest } record)
                {
                    removing.Add((workload, number));
                    await TryRemoveAsync(remover, record);
                }
            }
        }
    }

    private static async Task TryRemoveAsync(SnapshotRemover remover, SignedRecord record)
    {
        try
        {
            await remover.RemoveAsync(record, "history", CancellationToken.None);
        }
        catch (RepositoryLockedException exception) when (exception.ErrorId == "SnapshotPinned")
        {
            // Somebody reads it.
        }
    }

    private async Task CheckSnapshotsAsync(OpenRepository repository, string when)
    {
        var standing = new HashSet<Guid>();
        var reader = new HistoryReader(template, repository, expected);
        foreach (SnapshotManifest manifest in await StandingAsync(repository))
        {
            standing.Add(manifest.Snapshot);
            try
            {
                await RequireObjectsAsync(repository, manifest);
                await reader.ReadAsync(manifest);
            }
            catch (Exception exception) when (exception is PortabilityException or InvalidOperationException)
            {
                faults.Add($"{when}: snapshot {manifest.Number} of {manifest.Workload} is lost: {exception.Message}");
            }
        }

        IEnumerable<SnapshotManifest> committed = captures.Select(capture => capture.Committed).OfType<SnapshotManifest>().Concat(sync?.Committed ?? []);
        faults.AddRange(committed.Where(manifest => !standing.Contains(manifest.Snapshot) && !removing.Contains((manifest.Workload, manifest.Number)))
            .Select(manifest => $"{when}: snapshot {manifest.Number} of {manifest.Workload} was reported as committed and is not there"));
    }

    private static async Task<List<SnapshotManifest>> StandingAsync(OpenRepository repository)
    {
        var found = new List<SnapshotManifest>();
        foreach (Guid workload in new[] { HistoryTemplate.First, HistoryTemplate.Second, HistoryTemplate.Third, HistoryTemplate.Mirrored })
        {
            foreach ((_, BlobName name) in (await SnapshotSequence.ReadAsync(repository, workload, CancellationToken.None)).Names)
            {
                SignedRecord record = SignedRecord.Parse(await repository.Store.ReadAllAsync(name, 1 << 20, CancellationToken.None), name.Value);
                if (record.Kind == RecordKind.Manifest)
                {
                    found.Add(SnapshotManifest.Read(record));
                }
            }
        }

        return found;
    }

    private static async Task RequireObjectsAsync(OpenRepository repository, SnapshotManifest manifest)
    {
        await foreach (WrittenObject item in ObjectsOf(repository, manifest))
        {
            if ((await ObjectCopies.ListAsync(repository.Store, item, CancellationToken.None)).Count == 0)
            {
                throw new InvalidOperationException($"no copy of {item.Kind} {item.Id} is there");
            }
        }
    }

    private static async IAsyncEnumerable<WrittenObject> ObjectsOf(OpenRepository repository, SnapshotManifest manifest)
    {
        var tree = new ReferenceTree(new StoredObjects(repository.Store), repository.Id, manifest.References!);
        yield return tree.Root.Holder;
        await foreach (WrittenObject item in tree.EntriesAsync(0, CancellationToken.None))
        {
            yield return item;
        }
    }

    /// <summary>Everybody is dead or has ended: two more runs, which give up at once who did not answer, must leave nothing that nobody needs.</summary>
    private async Task CheckLastCollectionAsync(OpenRepository repository)
    {
        for (int run = 0; run < 2; run++)
        {
            // What a pin of the dead holds is marked before the pin is ended: it goes in the run after that.
            await new GarbageCollector(repository, Impatient, SilentObserver.Instance).RunAsync(CancellationToken.None);
        }

        var needed = new HashSet<ObjectId>();
        foreach (SnapshotManifest manifest in await StandingAsync(repository))
        {
            await foreach (WrittenObject item in ObjectsOf(repository, manifest))
            {
                needed.Add(item.Id);
            }
        }

        foreach (string prefix in Prefixes)
        {
            await foreach (BlobEntry entry in store.ListAsync(prefix, CancellationToken.None))
            {
                if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts) || !needed.Contains(parts.ObjectId))
                {
                    faults.Add($"the last collection leaves {entry.Name}");
                }
            }
        }

        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.LeasePrefix, CancellationToken.None))
        {
            faults.Add($"the last collection leaves {entry.Name}");
        }

        foreach (Guid workload in new[] { HistoryTemplate.First, HistoryTemplate.Second, HistoryTemplate.Third, HistoryTemplate.Mirrored })
        {
            faults.AddRange((await SnapshotSequence.ReadAsync(repository, workload, CancellationToken.None)).Covered.Select(item => $"the last collection leaves {item.Name}"));
        }

        // A list whose collector died stays while anything that it names is there: nobody can tell that it will not be deleted after all.
        CondemnedLists lists = await CondemnedLists.ReadAsync(repository, CondemnedLists.None, CancellationToken.None);
        foreach (CondemnedList list in lists.Lists.Where(list => list.Generation < lists.Highest))
        {
            bool names = false;
            foreach (BlobName copy in list.Objects.Keys)
            {
                names |= await store.GetLengthAsync(copy, CancellationToken.None) is not null;
            }

            if (!names)
            {
                faults.Add($"the last collection leaves list {list.Generation} of what is gone");
            }
        }
    }
}
