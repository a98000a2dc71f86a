using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Repository.Leases;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class CaptureTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(1, 5_000_192)]
    [InlineData(2, 8 << 20)]
    [InlineData(3, 512)]
    public async Task What_is_captured_reads_back_equal(int seed, int length)
    {
        byte[] content = SparseContent.Make(seed, length);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, Raw("web01.img", content));
        Assert.Equal(1, snapshot.Sequence);
        Assert.Equal("web01", snapshot.Name);
        Assert.Equal(length, snapshot.LogicalBytes);
        Assert.Equal(Guid.Empty, snapshot.ParentId);
        Assert.Equal(content, await TestDisk.ReadAsync(connection, snapshot));
    }

    [Fact]
    public async Task A_second_capture_stores_what_changed_and_both_stay_readable()
    {
        byte[] content = SparseContent.Make(4, 16 << 20, dataShare: 0.7);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Raw("web01.img", content);
        WorkloadSnapshot first = await CaptureAsync(connection, disk);
        byte[] changed = content.ToArray();
        new Random(5).NextBytes(changed.AsSpan(3_000_000, 10_000));
        changed.AsSpan(8_000_000, 1_000_000).Clear();
        Raw("web01.img", changed);
        WorkloadSnapshot second = await CaptureAsync(connection, disk);
        Assert.Equal(2, second.Sequence);
        Assert.Equal(first.Id, second.ParentId);
        Assert.InRange(second.StoredBytes, 1, 400_000);
        Assert.Equal(content, await TestDisk.ReadAsync(connection, first));
        Assert.Equal(changed, await TestDisk.ReadAsync(connection, second));
    }

    [Fact]
    public async Task Nothing_changed_stores_nothing()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Raw("web01.img", SparseContent.Make(6, 4 << 20));
        await CaptureAsync(connection, disk);
        WorkloadSnapshot second = await CaptureAsync(connection, disk);
        Assert.Equal(0, second.ChangedBytes);
        Assert.Equal(0, second.StoredBytes);
    }

    [Fact]
    public async Task Equal_blocks_are_stored_once_across_workloads_also_without_the_cache()
    {
        byte[] content = SparseContent.Make(11, 8 << 20, dataShare: 1);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await CaptureAsync(connection, Raw("web01.img", content));
        var options = new CaptureOptions { Name = "web02", Disks = [Raw("web02.img", content)] };
        WorkloadSnapshot twin = await facade.CaptureAsync(connection, options, fixture.Observer, CancellationToken.None);
        Assert.InRange(twin.StoredBytes, 1, 100_000);
        Assert.Equal(content, await TestDisk.ReadAsync(connection, twin));
        Directory.Delete(Path.Combine(fixture.Environment.StateDirectory, "cache"), recursive: true);
        WorkloadSnapshot third = await facade.CaptureAsync(connection, options with { Name = "web03" }, fixture.Observer, CancellationToken.None);
        Assert.Equal(content, await TestDisk.ReadAsync(connection, third));
        Assert.True(third.StoredBytes > content.Length / 2, "Without the cache deduplication is lost, nothing else.");
    }

    [Fact]
    public async Task Of_two_captures_of_one_workload_one_wins_and_the_other_says_so()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Raw("web01.img", SparseContent.Make(12, 2 << 20));
        var options = new CaptureOptions { Name = "web01", Disks = [disk] };
        Task<WorkloadSnapshot>[] both = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => facade.CaptureAsync(connection, options, fixture.Observer, CancellationToken.None)))];
        await Task.WhenAll(both.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));
        List<WorkloadSnapshot> there = await ListAsync(connection);
        Assert.Equal(both.Count(task => task.IsCompletedSuccessfully), there.Count);
        Assert.Equal(Enumerable.Range(1, there.Count).Select(number => (long)number), there.Select(snapshot => snapshot.Sequence));
        Assert.All(both.Where(task => task.IsFaulted), task => Assert.Equal(
            "SnapshotNumberTaken", Assert.IsType<RepositoryLockedException>(task.Exception!.InnerException).ErrorId));
    }

    [Fact]
    public async Task A_capture_leaves_its_lease_ended()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await CaptureAsync(connection, Raw("web01.img", SparseContent.Make(13, 1 << 20)));
        IReadOnlyList<LeaseState> leases = await LeaseDirectory.ListAsync(connection.Opened, CancellationToken.None);
        Assert.True(Assert.Single(leases).IsEnded);
    }

    [Fact]
    public async Task Several_disks_are_one_snapshot_boot_first()
    {
        byte[] boot = SparseContent.Make(7, 2 << 20);
        byte[] data = SparseContent.Make(8, 3 << 20);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        var options = new CaptureOptions
        {
            Name = "web01",
            Disks = [Raw("data.img", data) with { Role = DiskRole.Data }, Raw("boot.img", boot) with { Role = DiskRole.Boot }],
            Tag = ["before update", "weekly"],
        };
        WorkloadSnapshot snapshot = await facade.CaptureAsync(connection, options, fixture.Observer, CancellationToken.None);
        Assert.Equal([DiskRole.Boot, DiskRole.Data], snapshot.Disks.Select(disk => disk.Role));
        Assert.Equal(["before update", "weekly"], snapshot.Tag);
        Assert.Equal(boot, await TestDisk.ReadAsync(connection, snapshot, 0));
        Assert.Equal(data, await TestDisk.ReadAsync(connection, snapshot, 1));
    }

    [Fact]
    public async Task A_disk_may_grow_and_shrink_between_captures()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        foreach (int length in new[] { 3_000_320, 9_437_184, 1_000_448 })
        {
            byte[] content = SparseContent.Make(length, length);
            WorkloadSnapshot snapshot = await CaptureAsync(connection, Raw("web01.img", content));
            Assert.Equal(content, await TestDisk.ReadAsync(connection, snapshot));
        }
    }

    [Fact]
    public async Task Progress_ends_at_the_size_of_the_disk()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        await CaptureAsync(connection, Raw("web01.img", SparseContent.Make(9, 4 << 20)));
        OperationProgress last = fixture.Observer.Progress.Last();
        Assert.Equal(4 << 20, last.BytesTotal);
        Assert.Equal(4 << 20, last.BytesDone);
        Assert.Equal("Capturing web01", last.Activity);
    }

    [Fact]
    public async Task The_plan_says_what_would_be_read_and_changes_nothing()
    {
        byte[] content = new byte[8 << 20];
        new Random(1).NextBytes(content.AsSpan(1 << 20, 1 << 20));
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        string[] before = Directory.GetFiles(fixture.Vault, "*", SearchOption.AllDirectories);
        SnapshotPlan plan = await facade.PlanCaptureAsync(
            connection, new CaptureOptions { Name = "web01", Disks = [Raw("web01.img", content)] }, fixture.Observer, CancellationToken.None);
        Assert.Equal(8 << 20, plan.LogicalBytes);
        Assert.Equal(1 << 20, plan.BytesToRead);
        Assert.Equal("disk 0 (Boot) web01.img: read 1 MiB of 8 MiB, it is the first capture", Assert.Single(plan.Lines()));
        Assert.Equal(before, Directory.GetFiles(fixture.Vault, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Without_disks_and_registration_the_error_says_what_to_type()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => facade.CaptureAsync(
            connection, new CaptureOptions { Name = "web01" }, fixture.Observer, CancellationToken.None));
        Assert.Equal("WorkloadNotRegistered", error.ErrorId);
        Assert.Contains("Register-Workload", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_it_commits_nothing()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => facade.CaptureAsync(
            connection, new CaptureOptions { Name = "web01", Disks = [Raw("a.img", new byte[1 << 20])] }, fixture.Observer, cancel.Token));
        Assert.Empty(await ListAsync(connection));
    }

    [Fact]
    public async Task A_newest_snapshot_that_vanished_is_told()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Raw("web01.img", SparseContent.Make(1, 1 << 20));
        await CaptureAsync(connection, disk);
        WorkloadSnapshot second = await CaptureAsync(connection, disk);
        string manifest = Directory.GetFiles(fixture.Vault, "0000000002", SearchOption.AllDirectories).Single(file => file.Contains("snapshots", StringComparison.Ordinal));
        File.Delete(manifest);
        Assert.Single(await ListAsync(connection));
        Assert.Contains(fixture.Observer.Warnings, warning => warning.Contains("saw snapshot 2", StringComparison.Ordinal));
        Assert.Equal(2, second.Sequence);
    }

    [Fact]
    public async Task The_list_is_filtered_and_sorted()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        DiskSourceOptions disk = Raw("a.img", SparseContent.Make(1, 1 << 20));
        foreach (string name in new[] { "web02", "db01", "web01", "web02" })
        {
            await facade.CaptureAsync(connection, new CaptureOptions { Name = name, Disks = [disk] }, fixture.Observer, CancellationToken.None);
        }

        Assert.Equal(["db01#1", "web01#1", "web02#1", "web02#2"], (await ListAsync(connection)).Select(snapshot => snapshot.ToString()));
        var latest = new SnapshotListOptions { Latest = true, NameFilter = name => name.StartsWith("web", StringComparison.Ordinal) };
        Assert.Equal(["web01#1", "web02#2"], (await ListAsync(connection, latest)).Select(snapshot => snapshot.ToString()));
        WorkloadSnapshot one = (await ListAsync(connection))[1];
        Assert.Equal(one.Id, Assert.Single(await ListAsync(connection, new SnapshotListOptions { Ids = [one.Id] })).Id);
        Assert.Empty(await ListAsync(connection, new SnapshotListOptions { After = DateTime.UtcNow.AddHours(1) }));
    }

    private async Task<List<WorkloadSnapshot>> ListAsync(RepositoryConnection connection, SnapshotListOptions? options = null) =>
        await facade.ListAsync(connection, options ?? new SnapshotListOptions(), fixture.Observer, CancellationToken.None).ToListAsync();

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, DiskSourceOptions disk) =>
        facade.CaptureAsync(connection, new CaptureOptions { Name = "web01", Disks = [disk] }, fixture.Observer, CancellationToken.None);

    private DiskSourceOptions Raw(string name, byte[] content) => new() { Path = TestDisk.Write(fixture.Folder.File(name), content) };
}
