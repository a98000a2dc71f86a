using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>One run of a collector: rounds of condemning, waiting and sweeping. One caller at a time.</summary>
/// <remarks>FORMAT.md, section 13. Numbers in comments are those of the text.</remarks>
internal sealed class CollectionRun : IDisposable
{
    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly CollectOptions options;
    private readonly IOperationObserver observer;
    private readonly RecordId collector;
    private readonly Compactor? compactor;
    private readonly LeaseWatch watch;
    private readonly RunCoverage coverage;
    private readonly HashSet<BlobName> deleted = [];
    private readonly HashSet<BlobName> deletedManifests = [];
    private readonly long started;
    private LiveObjects live;
    private CondemnedLists lists = CondemnedLists.None;
    private CollectResult result = new();

    public CollectionRun(OpenRepository repository, RecordSigner signer, CollectOptions options, IOperationObserver observer)
    {
        this.repository = repository;
        this.signer = signer;
        this.options = options;
        this.observer = observer;
        collector = RecordId.Draw(repository.Random);
        live = new LiveObjects(repository);
        compactor = options.Compact is null ? null : new Compactor(repository, options.Compact, options.Holder, observer);
        watch = new LeaseWatch(repository, signer, options);
        coverage = new RunCoverage(repository);
        started = repository.Time.GetTimestamp();
    }

    public CollectResult ToResult() => result with
    {
        WritersShutOut = watch.ShutOutCount,
        ManifestsDeleted = deletedManifests.Count,
        PacksRewritten = compactor?.PacksRewritten ?? 0,
        BytesRewritten = compactor?.BytesRewritten ?? 0,
    };

    /// <summary>Checks packs of several signers for each other, once nothing is left to collect.</summary>
    public Task VerifyAsync(CancellationToken cancellationToken) => compactor?.VerifyAsync(live, cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => compactor?.Dispose();

    /// <summary>Runs a round.</summary>
    /// <returns>True if another one has something to do.</returns>
    public async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await RunRoundAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (compactor is not null)
            {
                await compactor.EndAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        var damaged = new HashSet<long>();
        lists = await CondemnedLists.ReadAsync(repository, lists, damaged, cancellationToken).ConfigureAwait(false);
        await CarryAsync(cancellationToken).ConfigureAwait(false);
        await live.MarkAsync(cancellationToken).ConfigureAwait(false);
        if (compactor is not null)
        {
            await compactor.TendRunsAsync(live, coverage, cancellationToken).ConfigureAwait(false);
        }

        HashSet<BlobName> foreign = [.. lists.Standing.SelectMany(list => list.Objects.Keys)];
        ObjectCensus census = await ObjectCensus.TakeAsync(repository.Store, live, foreign, options.MaximumListLength, cancellationToken).ConfigureAwait(false); // (1)
        result = result with { StoredBytes = census.StoredBytes };
        await watch.LookAsync(lists.Highest, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<LeaseState> living = watch.Living;
        await live.MarkAsync(cancellationToken).ConfigureAwait(false); // (2)
        List<CensusEntry> condemned = await ChooseAsync(census, living, cancellationToken).ConfigureAwait(false); // (3)
        if (compactor is not null)
        {
            condemned.AddRange(await compactor.ChooseAsync(live, lists, living, cancellationToken).ConfigureAwait(false));
            watch.Own = compactor.Lease;
        }

        bool watches = living.Count > 0 || watch.Waited.Temporaries.Count > 0;
        CondemnedGeneration? generation = condemned.Count > 0 || watches
            ? await CondemnedGeneration.MakeAsync(repository, signer, collector, condemned.Select(copy => copy.Name), watch.Waited, cancellationToken).ConfigureAwait(false)
            : null;
        int shutOutBefore = watch.ShutOutCount;
        if (generation is not null && !await WaitAsync(generation, condemned, cancellationToken).ConfigureAwait(false)) // (4)
        {
            await GiveUpAsync(generation, cancellationToken).ConfigureAwait(false);
            Wait(condemned);
            return false;
        }

        await live.MarkAsync(cancellationToken).ConfigureAwait(false); // (5)
        bool rewritten = compactor is { IsUnderWay: true } && await RewriteAsync(compactor, cancellationToken).ConfigureAwait(false);
        await SweepAsync(condemned, generation, cancellationToken).ConfigureAwait(false);
        await DeleteRecordsAsync(cancellationToken).ConfigureAwait(false);
        long temporaries = await StoreTidy.DeleteTemporariesAsync(repository, watch, cancellationToken).ConfigureAwait(false);
        result = result with { TemporariesDeleted = result.TemporariesDeleted + temporaries };
        if (generation is not null)
        {
            await generation.SweptAsync(watch.Waited, cancellationToken).ConfigureAwait(false); // (6)
        }

        await TidyAsync(census, foreign, damaged, cancellationToken).ConfigureAwait(false);
        return !census.IsComplete || watch.ShutOutCount > shutOutBefore || rewritten || compactor is { HasMore: true };
    }

    private async Task<bool> RewriteAsync(Compactor packs, CancellationToken cancellationToken)
    {
        long before = packs.BytesRewritten;
        await packs.RewriteAsync(live, cancellationToken).ConfigureAwait(false);
        await packs.EndAsync().ConfigureAwait(false);
        live = live.Anew(); // what was rewritten is needed no more
        await live.MarkAsync(cancellationToken).ConfigureAwait(false);
        result = result with { StoredBytes = result.StoredBytes + packs.BytesRewritten - before };
        return packs.BytesRewritten > before;
    }

    private async Task CarryAsync(CancellationToken cancellationToken)
    {
        foreach (CondemnedList list in lists.Lists)
        {
            try
            {
                (SignedRecord Record, CondemnedBody Body)? newest = await CondemnedLists.TryReadRecordAsync(repository, list.Generation, list.LastRecord, cancellationToken).ConfigureAwait(false);
                if (newest is { } found && LeaseDirectory.IsCounting(repository, found.Record))
                {
                    watch.Waited.Carry(found.Body);
                }
            }
            catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
            {
                observer.OnWarning($"A record of condemned generation {list.Generation} is damaged; the time it notes is waited anew.");
            }
        }
    }

    private async Task<List<CensusEntry>> ChooseAsync(ObjectCensus census, IReadOnlyList<LeaseState> living, CancellationToken cancellationToken)
    {
        HashSet<RecordId> owners = [.. living.Select(lease => lease.Lease)];
        var chosen = new List<CensusEntry>();
        foreach (IGrouping<ObjectId, CensusEntry> copies in census.Unmarked.Where(copy => !live.Contains(copy.Id)).GroupBy(copy => copy.Id))
        {
            foreach (CensusEntry copy in copies)
            {
                if (!await CopyOwner.IsOneOfAsync(repository.Store, copy, owners, cancellationToken).ConfigureAwait(false))
                {
                    chosen.Add(copy);
                }
            }
        }

        var ownedRuns = new HashSet<BlobName>();
        foreach (CensusEntry run in census.Runs)
        {
            if (await CopyOwner.IsOneOfAsync(repository.Store, run, owners, cancellationToken).ConfigureAwait(false))
            {
                ownedRuns.Add(run.Name);
            }
        }

        // What a list names covers nothing: its collector may delete it.
        CensusEntry[] free = [.. census.Runs.Where(run => !lists.Names(run.Name))];
        HashSet<ObjectId> needless = await coverage.FindNeedlessAsync(free, run => !ownedRuns.Contains(run.Name), live, cancellationToken).ConfigureAwait(false);
        chosen.AddRange(census.Runs.Where(run => needless.Contains(run.Id) || (lists.Names(run.Name) && !ownedRuns.Contains(run.Name))));
        return chosen;
    }

    // A list that names packs which snapshots need would stay till they are rewritten: since nothing of it was deleted, it is swept.
    private Task GiveUpAsync(CondemnedGeneration generation, CancellationToken cancellationToken) => compactor is { IsUnderWay: true }
        ? generation.SweptAsync(watch.Waited, cancellationToken)
        : generation.NoteAsync(watch.Waited, cancellationToken);

    private async Task<bool> WaitAsync(CondemnedGeneration generation, List<CensusEntry> condemned, CancellationToken cancellationToken)
    {
        await watch.LookAsync(generation.Number, cancellationToken).ConfigureAwait(false);
        Dictionary<RecordId, LeaseState> watched = watch.Living.ToDictionary(lease => lease.Lease);
        while (true)
        {
            if (compactor is not null)
            {
                await compactor.BeatAsync(cancellationToken).ConfigureAwait(false); // others may wait for it
            }

            List<LeaseState> pending = condemned.Count > 0
                ? await watch.PendingAsync(watched, generation.Number, cancellationToken).ConfigureAwait(false)
                : [.. watch.Unproven];
            result = result with { WaitingFor = [.. pending.Select(Describe)] };
            if (pending.Count == 0 && (condemned.Count > 0 || !watch.HasYoungTemporaries))
            {
                return true;
            }

            if (repository.Time.GetElapsedTime(started) >= options.WaitLimit)
            {
                // Leases that only might be dead do not keep anything from being swept.
                return condemned.Count == 0;
            }

            string whom = pending.Count > 0 ? string.Join(", ", result.WaitingFor) : "pieces of uploads";
            observer.OnProgress(new OperationProgress("Collecting what nothing needs", "waiting for " + whom, 0, -1));
            await Task.Delay(options.PollInterval, repository.Time, cancellationToken).ConfigureAwait(false);
            await watch.LookAsync(generation.Number, cancellationToken).ConfigureAwait(false);
        }
    }

    private string Describe(LeaseState lease)
    {
        string who = lease.Holder.Length > 0 ? lease.Holder : repository.Trust.FindSigner(lease.Signer)?.Name ?? "the store's own key";
        return $"{lease.Kind} by {who} (lease {lease.Lease}, still for {WaitedTimes.ToText(watch.Waited.Of(lease))})";
    }

    private async Task SweepAsync(List<CensusEntry> condemned, CondemnedGeneration? generation, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> needlessRuns = [];
        if (condemned.Exists(copy => copy.Kind == ObjectKind.Run))
        {
            needlessRuns = await StillNeedlessAsync(condemned, generation!.Number, cancellationToken).ConfigureAwait(false);
        }

        foreach (CensusEntry copy in condemned)
        {
            if (copy.Kind == ObjectKind.Run ? needlessRuns.Contains(copy.Id) : !live.Contains(copy.Id))
            {
                await repository.Store.DeleteAsync(copy.Name, cancellationToken).ConfigureAwait(false);
                deleted.Add(copy.Name);
                result = result with
                {
                    ObjectsDeleted = result.ObjectsDeleted + 1,
                    BytesFreed = result.BytesFreed + copy.Length,
                    StoredBytes = result.StoredBytes - copy.Length,
                };
            }
        }
    }

    // Of two collectors that each want to drop a run because of the other's, at least one sees the other's list here.
    private async Task<HashSet<ObjectId>> StillNeedlessAsync(List<CensusEntry> condemned, long generation, CancellationToken cancellationToken)
    {
        CondemnedLists now = await CondemnedLists.ReadAsync(repository, lists, new HashSet<long>(), cancellationToken).ConfigureAwait(false);
        ObjectCensus census = await ObjectCensus.TakeAsync(repository.Store, live, new HashSet<BlobName>(), 0, cancellationToken).ConfigureAwait(false);
        HashSet<BlobName> own = [.. condemned.Select(copy => copy.Name)];
        HashSet<BlobName> others = [.. now.Standing.Where(list => list.Generation != generation).SelectMany(list => list.Objects.Keys)];
        CensusEntry[] staying = [.. census.Runs.Where(run => own.Contains(run.Name) || !others.Contains(run.Name))];
        return await coverage.FindNeedlessAsync(staying, run => own.Contains(run.Name), live, cancellationToken).ConfigureAwait(false);
    }

    private async Task DeleteRecordsAsync(CancellationToken cancellationToken)
    {
        foreach (BlobName name in live.Removed)
        {
            await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            deletedManifests.Add(name);
        }

        foreach (Substitution idle in live.IdleSubstitutions)
        {
            await repository.Store.DeleteAsync(idle.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task TidyAsync(ObjectCensus census, HashSet<BlobName> foreign, HashSet<long> damaged, CancellationToken cancellationToken)
    {
        var newlyDamaged = new HashSet<long>();
        lists = await CondemnedLists.ReadAsync(repository, lists, newlyDamaged, cancellationToken).ConfigureAwait(false);

        // A list that was made after the census names what the census did not look for: it stays.
        bool IsLeft(BlobName name) => !census.IsComplete || !foreign.Contains(name) || (census.Present.Contains(name) && !deleted.Contains(name));
        await StoreTidy.DropListsAsync(repository, lists, IsLeft, damaged, cancellationToken).ConfigureAwait(false);
        await StoreTidy.RemoveEndedLeasesAsync(repository, cancellationToken).ConfigureAwait(false);
        await StoreTidy.DropVerifiedAsync(repository, live, cancellationToken).ConfigureAwait(false);
    }

    private void Wait(List<CensusEntry> condemned) => result = result with
    {
        ObjectsWaiting = result.ObjectsWaiting + condemned.Count,
        BytesWaiting = result.BytesWaiting + condemned.Sum(copy => copy.Length),
    };
}
