using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Repository.Backends;
using Portability.Repository.Maintenance;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Repositories;

/// <summary>A compaction that is killed before any of its changes of the store: every snapshot reads whole, and the next run ends the work.</summary>
public sealed class CutCompactionTests : IDisposable
{
    private const int Size = 1 << 20;
    private static readonly CompactOptions Eager = new() { DeadShare = 0.1, SmallCount = 3 };
    private readonly TemporaryFolder folder = new();
    private readonly SnapshotFacade facade = new();
    private readonly List<(WorkloadSnapshot Snapshot, byte[] Content)> kept = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Cut_anywhere_nothing_is_lost_and_the_next_run_ends_the_work()
    {
        using MemoryVault vault = await MakeAsync();
        int changes = await CountAsync(vault);
        Assert.InRange(changes, 15, 200);
        for (int cut = 0; cut < changes; cut++)
        {
            using MemoryVault fork = await vault.ForkAsync();
            using (RepositoryConnection killed = await fork.OpenAsync(new CutBlobStore(fork.Store, cut)))
            {
                await Assert.ThrowsAsync<CutException>(() => OptimizeAsync(killed));
            }

            using RepositoryConnection connection = await fork.OpenAsync();
            await AssertWholeAsync(fork, connection, cut);
            WorkloadSnapshot more = cut % 3 == 0 ? await CaptureAsync(connection, "web01", kept[^1].Content) : kept[0].Snapshot;
            OptimizeResult finished = await OptimizeAsync(connection);
            await AssertWholeAsync(fork, connection, cut);
            Assert.Equal(0, finished.ObjectsWaiting);
            OptimizeResult again = await OptimizeAsync(connection);
            Assert.True(again is { ObjectsDeleted: 0, PacksRewritten: 0 }, $"Cut at {cut}: {again.ObjectsDeleted} objects and {again.PacksRewritten} packs were left.");
            await AssertTidyAsync(fork.Store, cut);
            Assert.Equal(cut % 3 == 0 ? kept[^1].Content : kept[0].Content, await TestDisk.ReadAsync(connection, more));
        }
    }

    private static Task<OptimizeResult> OptimizeAsync(RepositoryConnection connection) => new RepositoryFacade(connection.Environment).OptimizeAsync(
        connection, new OptimizeOptions { Patience = TimeSpan.Zero, Compact = Eager }, SilentObserver.Instance, CancellationToken.None);

    private static async Task<int> CountAsync(MemoryVault vault)
    {
        using MemoryVault fork = await vault.ForkAsync();
        var counting = new CutBlobStore(fork.Store, int.MaxValue);
        using RepositoryConnection connection = await fork.OpenAsync(counting);
        OptimizeResult result = await OptimizeAsync(connection);
        Assert.True(result.PacksRewritten >= 3, $"{result.PacksRewritten} packs were rewritten.");
        return counting.Made;
    }

    private static async Task AssertTidyAsync(MemoryBlobStore store, int cut)
    {
        string[] left =
        [
            .. await store.ListAsync("leases/", CancellationToken.None).Select(entry => entry.Name.Value).ToListAsync(),
            .. (await store.ListAsync("condemned/", CancellationToken.None).Select(entry => entry.Name.Value).ToListAsync()).GroupBy(name => name[..20]).SkipLast(1).Select(list => list.Key),
        ];
        Assert.True(left.Length == 0, $"Cut at {cut}: {string.Join(", ", left)} were left.");
    }

    private async Task<MemoryVault> MakeAsync()
    {
        MemoryVault vault = await MemoryVault.CreateAsync();
        using RepositoryConnection connection = await vault.OpenAsync();
        byte[] content = SparseContent.Make(1, Size, dataShare: 1);
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", content);
        WorkloadSnapshot other = await CaptureAsync(connection, "web02", content);
        kept.Add((other, (byte[])content.Clone()));
        for (int number = 0; number < 3; number++)
        {
            SparseContent.Make(10 + number, Size / 4, dataShare: 1).CopyTo(content.AsSpan(number * Size / 4));
            kept.Add((await CaptureAsync(connection, "web01", content), (byte[])content.Clone()));
        }

        await facade.RemoveAsync(connection, first, SilentObserver.Instance, CancellationToken.None);
        await facade.RemoveAsync(connection, kept[0].Snapshot, SilentObserver.Instance, CancellationToken.None);
        kept.RemoveAt(0);
        return vault;
    }

    private async Task AssertWholeAsync(MemoryVault vault, RepositoryConnection connection, int cut)
    {
        foreach ((WorkloadSnapshot snapshot, byte[] content) in kept)
        {
            byte[] read = await TestDisk.ReadAsync(connection, snapshot);
            Assert.True(content.AsSpan().SequenceEqual(read), $"Cut at {cut}: {snapshot} reads wrong.");
        }

        using RepositoryConnection keyless = await vault.OpenAsync(withKey: false);
        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
            keyless, new RepositoryTestOptions { RaceNames = 0 }, SilentObserver.Instance, CancellationToken.None);
        Assert.True(result.IsHealthy, $"Cut at {cut}: {string.Join("; ", result.Findings.Select(finding => finding.ToString()))}");
    }

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = TestDisk.Write(folder.File(name + ".img"), content) }] },
        SilentObserver.Instance,
        CancellationToken.None);
}
