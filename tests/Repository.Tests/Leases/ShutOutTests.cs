using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Tests.Repositories;
using Xunit;

namespace Portability.Repository.Tests.Leases;

/// <summary>A holder that a collector gave up learns so before it commits anything, whenever it wakes.</summary>
public sealed class ShutOutTests
{
    private static readonly BlobName Manifest = RepositoryNames.Manifest(new Guid("6b1f0000-0000-4000-8000-000000000001"), 1);
    private static readonly CollectOptions Impatient = new() { Patience = TimeSpan.Zero };

    [Fact]
    public async Task EndRemovedBeforeThePut_ThePutDoesNotCount()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        BlobName own = await paused.PutOwnObjectAsync();

        // Paused between its look for its last beat and the put of the next one: shut out, swept, and every trace of the lease removed.
        paused.BeforePutOfBeat = async () =>
        {
            await CollectAsync(repository);
            Assert.Empty(await BeatsAsync(repository, paused.Lease.Id));
            Assert.Null(await repository.Store.GetLengthAsync(own, CancellationToken.None));
        };
        var exception = await Assert.ThrowsAsync<RepositoryLockedException>(() => paused.Lease.PrepareCommitAsync(Manifest, CancellationToken.None));

        Assert.Equal("WriterShutOut", exception.ErrorId);
        LeaseState left = Assert.Single(await LeaseDirectory.ListAsync(paused.Repository, CancellationToken.None));
        Assert.True(left.IsEnded, "nobody waits for the lease that was begun anew");
        await CollectAsync(repository);
        Assert.Empty(await BeatsAsync(repository, paused.Lease.Id));
    }

    [Fact]
    public async Task EndStands_ThePutFindsIt()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        paused.BeforePutOfBeat = () => EndAsync(paused, repository.Store);
        var exception = await Assert.ThrowsAsync<RepositoryLockedException>(() => paused.Lease.PrepareCommitAsync(Manifest, CancellationToken.None));
        Assert.Equal("WriterShutOut", exception.ErrorId);
    }

    [Fact]
    public async Task ShutOutAfterThePut_TheNameIsBarred()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        await paused.Lease.PrepareCommitAsync(Manifest, CancellationToken.None);
        await CollectAsync(repository);
        byte[] there = await repository.Store.ReadAllAsync(Manifest, 1 << 20, CancellationToken.None);
        Assert.Equal(RecordKind.Void, SignedRecord.Parse(there, Manifest.Value).Kind);
    }

    [Fact]
    public async Task AnythingUnderALaterBeat_ShutsOut()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        await repository.Store.PutIfAbsentAsync(RepositoryNames.Lease(paused.Lease.Id, 7), new byte[] { 1 }, CancellationToken.None);
        var exception = await Assert.ThrowsAsync<RepositoryLockedException>(() => paused.Lease.BeatAsync(CancellationToken.None));
        Assert.Equal("WriterShutOut", exception.ErrorId);
    }

    /// <summary>Who wakes after it was shut out finds what it relied on gone: that is no damage of the store.</summary>
    [Fact]
    public async Task GoneWhatItReliedOn_TellsTheShutOut()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        WrittenObject item = await paused.PutObjectOfNobodyAsync();
        Assert.True(await paused.Lease.TryRelyAsync(item, CancellationToken.None));
        int lists = 0;
        paused.BeforeListOfCondemned = async () =>
        {
            if (lists++ == 0)
            {
                await CollectAsync(repository);
                await PutListAsync(repository, 99, RepositoryNames.StoredObject(item.Kind, item.Set, item.Id));
            }
        };
        var exception = await Assert.ThrowsAsync<RepositoryLockedException>(() => paused.Lease.BeatAsync(CancellationToken.None));
        Assert.Equal("WriterShutOut", exception.ErrorId);
    }

    [Fact]
    public async Task LostAnswer_IsPutAgain()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        paused.AfterPutOfBeat = () => throw new KilledException();
        await Assert.ThrowsAsync<KilledException>(() => paused.Lease.BeatAsync(CancellationToken.None));
        paused.AfterPutOfBeat = null;
        await paused.Lease.BeatAsync(CancellationToken.None);
        await paused.Lease.EndAsync(CancellationToken.None);
        Assert.True(Assert.Single(await LeaseDirectory.ListAsync(paused.Repository, CancellationToken.None)) is { IsEnded: true, Beat: 3 });
    }

    [Fact]
    public async Task BeatsStay_UntilTheyAreTenSecondsOld()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        for (int beat = 1; beat < 4; beat++)
        {
            await paused.Lease.BeatAsync(CancellationToken.None);
        }

        Assert.Equal((long[])[0, 1, 2, 3], await BeatsAsync(repository, paused.Lease.Id));
        paused.Time.Advance(TimeSpan.FromSeconds(10));
        await paused.Lease.BeatAsync(CancellationToken.None);
        Assert.Equal((long[])[3, 4], await BeatsAsync(repository, paused.Lease.Id));
    }

    [Fact]
    public async Task EndedLease_GoesBeatByBeatItsEndLast()
    {
        using TestRepository repository = await TestRepository.CreateAsync();
        await using var paused = new PausedHolder(repository);
        await paused.OpenAsync();
        await paused.Lease.BeatAsync(CancellationToken.None);
        await paused.Lease.EndAsync(CancellationToken.None);
        var deleted = new List<string>();
        var watched = new HookedBlobStore(repository.Store, before: call =>
        {
            deleted.Add(call);
            return Task.CompletedTask;
        });
        using OpenRepository collecting = repository.Open(store: watched);
        await new GarbageCollector(collecting, Impatient, SilentObserver.Instance).RunAsync(CancellationToken.None);
        Assert.Equal(
            [.. Enumerable.Range(0, 3).Select(beat => "delete " + RepositoryNames.Lease(paused.Lease.Id, beat))],
            deleted.Where(call => call.StartsWith("delete leases/", StringComparison.Ordinal)));
    }

    private static async Task CollectAsync(TestRepository repository)
    {
        using OpenRepository collecting = repository.Open();
        await new GarbageCollector(collecting, Impatient, SilentObserver.Instance).RunAsync(CancellationToken.None);
    }

    private static async Task EndAsync(PausedHolder holder, IBlobStore store)
    {
        LeaseState now = Assert.Single(await LeaseDirectory.ListAsync(holder.Repository, CancellationToken.None));
        LeaseState end = now with { Beat = now.Beat + 1, IsEnded = true };
        await store.PutIfAbsentAsync(RepositoryNames.Lease(end.Lease, end.Beat), end.Sign(holder.Repository.Signer!).Bytes, CancellationToken.None);
    }

    private static async Task PutListAsync(TestRepository repository, long generation, BlobName copy)
    {
        using OpenRepository other = repository.Open();
        var body = new CondemnedBody { Generation = generation, Collector = RecordId.Draw(other.Random), Objects = [copy.Value], Leases = [], Temporaries = [], Swept = false };
        SignedRecord record = other.Signer!.Sign(RecordKind.Condemned, body, LeaseJson.Default.CondemnedBody);
        await repository.Store.PutIfAbsentAsync(RepositoryNames.Condemned(generation, 0), record.Bytes, CancellationToken.None);
    }

    private static async Task<long[]> BeatsAsync(TestRepository repository, RecordId lease) =>
        (await LeaseDirectory.ListBeatsAsync(repository.Store, RepositoryNames.LeaseFolder(lease), CancellationToken.None)).TryGetValue(lease, out List<long>? beats) ? [.. beats] : [];
}
