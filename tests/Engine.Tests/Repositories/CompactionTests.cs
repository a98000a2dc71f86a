using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Repository.Maintenance;
using Xunit;

namespace Portability.Engine.Tests.Repositories;

/// <summary>Packs in which much is dead are rewritten, and everything reads as before.</summary>
public sealed class CompactionTests : IDisposable
{
    private const int Size = 8 << 20;
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_pack_that_is_mostly_dead_is_rewritten_and_all_reads_as_before()
    {
        byte[] old = SparseContent.Make(1, Size, dataShare: 1);
        byte[] kept = SparseContent.Make(2, Size, dataShare: 1);
        old.AsSpan(0, 1 << 20).CopyTo(kept);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", old);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", kept);
        await facade.RemoveAsync(connection, first, fixture.Observer, CancellationToken.None);
        OptimizeResult result = await OptimizeAsync(connection);
        Assert.Equal(1, result.PacksRewritten);
        Assert.InRange(result.BytesRewritten, 1 << 19, 2 << 20);
        Assert.True(result.BytesFreed > 6 << 20, $"{result.BytesFreed} bytes were freed.");
        Assert.Equal(kept, await TestDisk.ReadAsync(connection, second));
        await AssertHealthyAsync(connection);
        OptimizeResult again = await OptimizeAsync(connection);
        Assert.Equal(0, again.PacksRewritten);
        Assert.Equal(0, again.ObjectsDeleted);
        Assert.Equal(StoredBytes("packs") + StoredBytes("maps") + StoredBytes("references") + StoredBytes("locations"), again.StoredBytes);

        // The next capture continues from what was rewritten, and it alone keeps the new pack.
        kept.AsSpan(4 << 20, 1 << 16).Fill(7);
        WorkloadSnapshot third = await CaptureAsync(connection, "web01", kept);
        await facade.RemoveAsync(connection, second, fixture.Observer, CancellationToken.None);
        await OptimizeAsync(connection);
        Assert.Equal(0, StoredBytes("substitutions"));
        Assert.Equal(kept, await TestDisk.ReadAsync(connection, third));
        await AssertHealthyAsync(connection);
    }

    [Fact]
    public async Task Rewriting_again_what_was_rewritten_loses_nothing()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] content = SparseContent.Make(1, Size, dataShare: 1);
        var snapshots = new List<(WorkloadSnapshot Snapshot, byte[] Content)>();
        for (int round = 0; round < 5; round++)
        {
            snapshots.Add((await CaptureAsync(connection, "web01", content), (byte[])content.Clone()));
            SparseContent.Make(10 + round, 2 << 20, dataShare: 1).CopyTo(content.AsSpan(round << 20));
            snapshots.Add((await CaptureAsync(connection, "web01", content), (byte[])content.Clone()));
            await facade.RemoveAsync(connection, snapshots[0].Snapshot, fixture.Observer, CancellationToken.None);
            snapshots.RemoveAt(0);
            await OptimizeAsync(connection, new CompactOptions { DeadShare = 0.05 });
            foreach ((WorkloadSnapshot snapshot, byte[] expected) in snapshots)
            {
                Assert.Equal(expected, await TestDisk.ReadAsync(connection, snapshot));
            }

            await AssertHealthyAsync(connection);
        }
    }

    [Fact]
    public async Task Small_packs_are_merged_once_there_are_enough_of_them()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] content = SparseContent.Make(1, 4 << 20, dataShare: 1);
        WorkloadSnapshot newest = await CaptureAsync(connection, "web01", content);
        for (int number = 0; number < 5; number++)
        {
            content.AsSpan(number << 16, 1 << 16).Fill((byte)(number + 1));
            newest = await CaptureAsync(connection, "web01", content);
        }

        OptimizeResult none = await OptimizeAsync(connection);
        Assert.Equal(0, none.PacksRewritten);
        OptimizeResult merged = await OptimizeAsync(connection, new CompactOptions { SmallCount = 5, SmallLength = 1 << 20 });
        Assert.Equal(5, merged.PacksRewritten);
        Assert.Equal(2, Directory.EnumerateFiles(Path.Combine(fixture.Vault, "packs"), "*", SearchOption.AllDirectories).Count());
        Assert.Equal(content, await TestDisk.ReadAsync(connection, newest));
        await AssertHealthyAsync(connection);
    }

    [Fact]
    public async Task What_nobody_needs_any_more_goes_though_trees_still_name_it()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", SparseContent.Make(1, Size, dataShare: 1));
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", new byte[Size]);
        await facade.RemoveAsync(connection, first, fixture.Observer, CancellationToken.None);
        OptimizeResult result = await OptimizeAsync(connection);
        Assert.True(result.BytesFreed > 7 << 20, $"{result.BytesFreed} bytes were freed.");
        Assert.True(StoredBytes("packs") < 1 << 20);
        Assert.Equal(new byte[Size], await TestDisk.ReadAsync(connection, second));
        await AssertHealthyAsync(connection);
    }

    private long StoredBytes(string folder)
    {
        var place = new DirectoryInfo(Path.Combine(fixture.Vault, folder));
        return place.Exists ? place.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;
    }

    private Task<OptimizeResult> OptimizeAsync(RepositoryConnection connection, CompactOptions? options = null) =>
        fixture.Repositories.OptimizeAsync(connection, new OptimizeOptions { Compact = options ?? new CompactOptions() }, fixture.Observer, CancellationToken.None);

    private async Task AssertHealthyAsync(RepositoryConnection connection)
    {
        using RepositoryConnection keyless = await fixture.ConnectAsync(withSecret: false);
        foreach ((RepositoryConnection view, TestDepth depth) in new[] { (connection, TestDepth.Content), (keyless, TestDepth.Objects) })
        {
            var options = new RepositoryTestOptions { Depth = depth, RaceNames = 0 };
            RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(view, options, fixture.Observer, CancellationToken.None);
            Assert.Empty(result.Findings.Select(finding => finding.ToString()));
            Assert.True(result.IsHealthy);
        }
    }

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File(name + ".img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
