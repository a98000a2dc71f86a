using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Catalog;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class RemovalTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Removing_and_optimising_gives_space_back_and_harms_no_other_snapshot()
    {
        byte[] old = SparseContent.Make(1, 8 << 20, dataShare: 1);
        byte[] kept = SparseContent.Make(2, 8 << 20, dataShare: 1);
        old.AsSpan(0, 2 << 20).CopyTo(kept);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", old);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", kept);
        WorkloadSnapshot other = await CaptureAsync(connection, "web02", SparseContent.Make(3, 4 << 20, dataShare: 1));
        await facade.RemoveAsync(connection, first, fixture.Observer, CancellationToken.None);
        Assert.Equal(["web01#2", "web02#1"], (await ListAsync(connection)).Select(snapshot => snapshot.ToString()));
        await facade.RemoveAsync(connection, other, fixture.Observer, CancellationToken.None);
        OptimizeResult result = await fixture.Repositories.OptimizeAsync(connection, new OptimizeOptions(), fixture.Observer, CancellationToken.None);
        Assert.True(result.BytesFreed > 4 << 20, $"{result.BytesFreed} bytes were freed.");
        Assert.Equal(0, result.ObjectsWaiting);
        Assert.Equal(kept, await TestDisk.ReadAsync(connection, second));
        WorkloadSnapshot third = await CaptureAsync(connection, "web01", kept);
        Assert.Equal(3, third.Sequence);
        Assert.Equal(kept, await TestDisk.ReadAsync(connection, third));
    }

    [Fact]
    public async Task A_removed_snapshot_is_not_found_any_more()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", SparseContent.Make(1, 1 << 20));
        await facade.RemoveAsync(connection, snapshot, fixture.Observer, CancellationToken.None);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(
            () => facade.RemoveAsync(connection, snapshot, fixture.Observer, CancellationToken.None));
        Assert.Equal("SnapshotNotFound", error.ErrorId);
    }

    [Fact]
    public async Task A_snapshot_that_is_read_is_kept_and_its_reader_named()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", SparseContent.Make(1, 1 << 20));
        CatalogEntry entry = await new SnapshotCatalog(connection, fixture.Observer).GetAsync(
            snapshot.WorkloadId, snapshot.Sequence, snapshot.Id, CancellationToken.None);
        await using (HeldLease pin = (await SnapshotPin.TryOpenAsync(connection, entry, fixture.Observer, CancellationToken.None))!)
        {
            RepositoryLockedException error = await Assert.ThrowsAsync<RepositoryLockedException>(
                () => facade.RemoveAsync(connection, snapshot, fixture.Observer, CancellationToken.None));
            Assert.Equal("SnapshotPinned", error.ErrorId);
            Assert.Contains(Environment.MachineName, error.Message, StringComparison.Ordinal);
        }

        await facade.RemoveAsync(connection, snapshot, fixture.Observer, CancellationToken.None);
        Assert.Empty(await ListAsync(connection));
    }

    private async Task<List<WorkloadSnapshot>> ListAsync(RepositoryConnection connection) =>
        await facade.ListAsync(connection, new SnapshotListOptions(), fixture.Observer, CancellationToken.None).ToListAsync();

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File(name + ".img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
