using System.Buffers;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Maintenance;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Repositories;

/// <summary>Location runs stay few, cover every pack, and are believed by nobody who has no right.</summary>
public sealed class RunUpkeepTests : IDisposable
{
    private const int Size = 1 << 20;
    private readonly TemporaryFolder folder = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Runs_of_like_size_are_merged_and_the_merged_ones_go()
    {
        using MemoryVault vault = await MemoryVault.CreateAsync();
        using RepositoryConnection connection = await vault.OpenAsync();
        byte[] content = SparseContent.Make(1, Size, dataShare: 1);
        for (int number = 0; number < 20; number++)
        {
            content.AsSpan(number % 16 << 16, 1 << 16).Fill((byte)(number + 1));
            await CaptureAsync(connection, content);
        }

        Assert.Equal(20, await CountAsync(vault, RepositoryNames.LocationPrefix));
        await OptimizeAsync(connection);
        Assert.InRange(await CountAsync(vault, RepositoryNames.LocationPrefix), 1, 8);
        await AssertHealthyAsync(connection);
        int left = await CountAsync(vault, RepositoryNames.LocationPrefix);
        await OptimizeAsync(connection);
        Assert.Equal(left, await CountAsync(vault, RepositoryNames.LocationPrefix));
    }

    [Fact]
    public async Task Packs_that_no_run_covers_are_covered_anew_and_moved_blocks_found_by_that()
    {
        using MemoryVault vault = await MemoryVault.CreateAsync();
        using RepositoryConnection connection = await vault.OpenAsync();
        byte[] content = SparseContent.Make(1, Size, dataShare: 1);
        WorkloadSnapshot first = await CaptureAsync(connection, content);
        SparseContent.Make(2, Size / 2, dataShare: 1).CopyTo(content, 0);
        WorkloadSnapshot second = await CaptureAsync(connection, content);
        await facade.RemoveAsync(connection, first, SilentObserver.Instance, CancellationToken.None);
        Assert.True((await OptimizeAsync(connection)).PacksRewritten > 0);
        WorkloadSnapshot third = await CaptureAsync(connection, content);
        await facade.RemoveAsync(connection, second, SilentObserver.Instance, CancellationToken.None);
        await OptimizeAsync(connection);

        // Now maps name a pack that is gone, and no substitution tells where its blocks are.
        Assert.Equal(0, await CountAsync(vault, RepositoryNames.SubstitutionPrefix));
        Assert.Equal(content, await TestDisk.ReadAsync(connection, third));
        foreach (BlobEntry run in await vault.Store.ListAsync(RepositoryNames.LocationPrefix, CancellationToken.None).ToListAsync())
        {
            await vault.Store.DeleteAsync(run.Name, CancellationToken.None);
        }

        await Assert.ThrowsAsync<IntegrityException>(() => TestDisk.ReadAsync(connection, third));
        Assert.Contains((await TestAsync(connection, TestDepth.Objects)).Findings, finding => finding.Kind == FindingKind.NotLocated);
        await OptimizeAsync(connection);
        Assert.Equal(content, await TestDisk.ReadAsync(connection, third));
        await AssertHealthyAsync(connection);
    }

    [Fact]
    public async Task A_run_with_a_wrong_signature_covers_nothing_and_is_replaced()
    {
        using MemoryVault vault = await MemoryVault.CreateAsync();
        using RepositoryConnection connection = await vault.OpenAsync();
        byte[] content = SparseContent.Make(1, Size, dataShare: 1);
        await CaptureAsync(connection, content);
        content.AsSpan(0, 1 << 16).Fill(1);
        await CaptureAsync(connection, content);
        BlobName run = (await vault.Store.ListAsync(RepositoryNames.LocationPrefix, CancellationToken.None).FirstAsync()).Name;
        byte[] forged = (await vault.Store.TryReadAllAsync(run, int.MaxValue, CancellationToken.None))!;
        forged[^1] ^= 1;
        await vault.Store.DeleteAsync(run, CancellationToken.None);
        await vault.Store.PutIfAbsentAsync(run, new ReadOnlySequence<byte>(forged), CancellationToken.None);
        await OptimizeAsync(connection);
        await AssertHealthyAsync(connection);
        Assert.Equal(2, await CountAsync(vault, RepositoryNames.LocationPrefix));
        Assert.Null(await vault.Store.GetLengthAsync(run, CancellationToken.None));
    }

    private static async Task<int> CountAsync(MemoryVault vault, string prefix) => await vault.Store.ListAsync(prefix, CancellationToken.None).CountAsync();

    private static Task<OptimizeResult> OptimizeAsync(RepositoryConnection connection) => new RepositoryFacade(connection.Environment).OptimizeAsync(
        connection, new OptimizeOptions { Compact = new CompactOptions { DeadShare = 0.1 } }, SilentObserver.Instance, CancellationToken.None);

    private static Task<RepositoryTestResult> TestAsync(RepositoryConnection connection, TestDepth depth) => new VerificationFacade().TestRepositoryAsync(
        connection, new RepositoryTestOptions { Depth = depth, RaceNames = 0 }, SilentObserver.Instance, CancellationToken.None);

    private static async Task AssertHealthyAsync(RepositoryConnection connection) =>
        Assert.Empty((await TestAsync(connection, TestDepth.Content)).Findings.Select(finding => finding.ToString()));

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = TestDisk.Write(folder.File("disk.img"), content) }] },
        SilentObserver.Instance,
        CancellationToken.None);
}
