using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Repository.Maintenance;
using Xunit;

namespace Portability.Engine.Tests.Replication;

/// <summary>A mirror that removed snapshots and rewrote packs by itself, and what its origin sends afterwards.</summary>
public sealed class CompactedMirrorTests : IDisposable
{
    // Trees of several leaves of 32: the last leaf is looked at with each snapshot, the others count as shared.
    private const int Entries = 64;
    private const int Size = 2 << 20;
    private static readonly CompactOptions Eager = new() { DeadShare = 0.05, SmallCount = 3 };
    private readonly SyncBench bench = new();
    private readonly SnapshotFacade snapshots = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_snapshot_that_shares_rewritten_packs_is_whole_there_and_stays_so(bool originToo)
    {
        using RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        List<WorkloadSnapshot> captured = await CaptureManyAsync(origin);
        using (RepositoryConnection mirror = (await bench.SyncAsync(origin)).Destination)
        {
            await RemoveAllButAsync(mirror, captured[^1]);
            Assert.True((await CompactAsync(mirror)).PacksRewritten > 0);
        }

        if (originToo)
        {
            await RemoveAllButAsync(origin, captured[^1]);
            Assert.True((await CompactAsync(origin)).PacksRewritten > 0);
        }

        for (int round = 0; round < 3; round++)
        {
            captured.Add(await bench.CaptureAsync(origin, "web01", 1000 + round, changed: 1000));
            SyncResult result = await bench.SyncAsync(origin);
            using RepositoryConnection mirror = result.Destination;
            Assert.Equal(0, result.ObjectsRepaired); // what the review would repair the snapshot lacked when it was put
            Assert.Equal(bench.Content("web01"), await TestDisk.ReadAsync(mirror, captured[^1]));
            await bench.AssertHealthyAsync(bench.Mirror, $"after sync {round}: ");
            await RemoveAllButAsync(mirror, captured[^1]);
            await CompactAsync(mirror);
            Assert.Equal(bench.Content("web01"), await TestDisk.ReadAsync(mirror, captured[^1]));
            await bench.AssertHealthyAsync(bench.Mirror, $"after compaction {round}: ");
        }
    }

    [Fact]
    public async Task After_a_compaction_there_that_was_cut_a_sync_goes_on()
    {
        using RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        await CaptureManyAsync(origin);
        (await bench.SyncAsync(origin)).Destination.Dispose();
        int cuts = 0;
        for (int changes = 10; changes < 160; changes += 10)
        {
            WorkloadSnapshot captured = await bench.CaptureAsync(origin, "web01", 1000 + changes, changed: 150_000);
            SyncResult result = await bench.SyncAsync(origin);
            using RepositoryConnection mirror = result.Destination;
            Assert.Equal(0, result.ObjectsRepaired);
            Assert.Equal(bench.Content("web01"), await TestDisk.ReadAsync(mirror, captured));
            await RemoveAllButAsync(mirror, captured);
            EngineEnvironment cutting = bench.Fixture.Environment with { Intercept = store => new CutBlobStore(store, changes) };
            using RepositoryConnection killed = await bench.Fixture.OpenAsync(bench.Mirror, cutting);
            try
            {
                await CompactAsync(killed);
            }
            catch (CutException)
            {
                cuts++;
            }

            if (changes % 30 == 0)
            {
                await bench.AssertHealthyAsync(bench.Mirror, $"cut after {changes} changes: ");
            }
        }

        Assert.InRange(cuts, 5, 15);
    }

    private async Task<List<WorkloadSnapshot>> CaptureManyAsync(RepositoryConnection origin)
    {
        var captured = new List<WorkloadSnapshot>();
        for (int seed = 1; captured.Count < Entries / 3; seed++)
        {
            captured.Add(await bench.CaptureAsync(origin, "web01", seed, Size, changed: 64_000)); // a pack, a map and a reference each
        }

        return captured;
    }

    private async Task RemoveAllButAsync(RepositoryConnection connection, WorkloadSnapshot kept)
    {
        List<WorkloadSnapshot> standing = await snapshots.ListAsync(connection, new SnapshotListOptions(), bench.Fixture.Observer, CancellationToken.None).ToListAsync();
        foreach (WorkloadSnapshot snapshot in standing.Where(snapshot => snapshot.Id != kept.Id))
        {
            await snapshots.RemoveAsync(connection, snapshot, bench.Fixture.Observer, CancellationToken.None);
        }
    }

    private Task<OptimizeResult> CompactAsync(RepositoryConnection connection) => bench.Fixture.Repositories.OptimizeAsync(
        connection, new OptimizeOptions { Patience = TimeSpan.Zero, Compact = Eager }, bench.Fixture.Observer, CancellationToken.None);
}
