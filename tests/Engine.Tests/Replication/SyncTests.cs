using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Xunit;

namespace Portability.Engine.Tests.Replication;

public sealed class SyncTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade snapshots = new();
    private readonly SyncFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_mirror_reads_as_the_origin_and_sends_nothing_twice()
    {
        byte[] content = SparseContent.Make(1, 6 << 20, dataShare: 0.6);
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(origin, content);
        new Random(2).NextBytes(content.AsSpan(100_000, 70_000));
        WorkloadSnapshot second = await CaptureAsync(origin, content);
        using (RepositoryConnection mirror = await SyncAsync(origin, expected: 2))
        {
            Assert.Equal(content, await TestDisk.ReadAsync(mirror, second));
            Assert.NotEqual(origin.Repository.InstanceId, mirror.Repository.InstanceId);
            Assert.NotEqual(first.Id, second.Id);
        }

        SyncResult again = await facade.SyncAsync(origin, Options(), fixture.Observer, CancellationToken.None);
        using (again.Destination)
        {
            Assert.Equal(0, again.ObjectsSent);
            Assert.Equal(0, again.BytesSent);
        }
    }

    [Fact]
    public async Task Damage_at_the_destination_is_repaired()
    {
        byte[] content = SparseContent.Make(3, 4 << 20, dataShare: 0.6);
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(origin, content);
        (await SyncAsync(origin, expected: 1)).Dispose();
        string pack = Directory.EnumerateFiles(Path.Combine(MirrorPath, "packs"), "*", SearchOption.AllDirectories).First();
        byte[] bytes = await File.ReadAllBytesAsync(pack);
        bytes[bytes.Length / 2] ^= 1;
        File.SetAttributes(pack, FileAttributes.Normal);
        await File.WriteAllBytesAsync(pack, bytes);
        SyncResult result = await facade.SyncAsync(origin, Options(), fixture.Observer, CancellationToken.None);
        using (result.Destination)
        {
            Assert.Equal(1, result.ObjectsRepaired);
            Assert.Equal(content, await TestDisk.ReadAsync(result.Destination, snapshot));
        }
    }

    [Fact]
    public async Task A_damaged_origin_is_named_and_sends_nothing_visible()
    {
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        await CaptureAsync(origin, SparseContent.Make(4, 4 << 20, dataShare: 0.6));
        string pack = Directory.EnumerateFiles(Path.Combine(origin.Repository.Path, "packs"), "*", SearchOption.AllDirectories).First();
        byte[] bytes = await File.ReadAllBytesAsync(pack);
        bytes[^100] ^= 4;
        File.SetAttributes(pack, FileAttributes.Normal);
        await File.WriteAllBytesAsync(pack, bytes);
        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(
            () => facade.SyncAsync(origin, Options(), fixture.Observer, CancellationToken.None));
        Assert.Equal("ObjectDamaged", error.ErrorId);
        Assert.False(Directory.Exists(Path.Combine(MirrorPath, "snapshots")));
    }

    [Fact]
    public async Task Another_repository_is_refused_by_both_ids()
    {
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        await CaptureAsync(origin, SparseContent.Make(5, 1 << 20));
        using RepositoryConnection other = await fixture.CreateAsync(path: fixture.Folder.File("other"));
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(
            () => facade.SyncAsync(origin, new SyncOptions { Destination = other.Repository.Path }, fixture.Observer, CancellationToken.None));
        Assert.Equal("RepositoryMismatch", error.ErrorId);
        Assert.Contains(origin.Repository.Id.ToString("D"), error.Message, StringComparison.Ordinal);
        Assert.Contains(other.Repository.Id.ToString("D"), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_without_key_slots_holds_none()
    {
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        await CaptureAsync(origin, SparseContent.Make(6, 1 << 20, dataShare: 0.9));
        SyncResult result = await facade.SyncAsync(origin, Options() with { WithoutKey = true }, fixture.Observer, CancellationToken.None);
        using (result.Destination)
        {
            Assert.False(Directory.Exists(Path.Combine(MirrorPath, "trust", "slots")));
            Assert.Single(result.Snapshots);
        }
    }

    [Fact]
    public async Task A_set_back_origin_is_refused()
    {
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        byte[] content = SparseContent.Make(7, 2 << 20, dataShare: 0.9);
        await CaptureAsync(origin, content);
        content[5] ^= 1;
        await CaptureAsync(origin, content);
        (await SyncAsync(origin, expected: 2)).Dispose();
        string newest = Directory.EnumerateFiles(Path.Combine(origin.Repository.Path, "snapshots"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        File.Delete(newest);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(
            () => facade.SyncAsync(origin, Options(), fixture.Observer, CancellationToken.None));
        Assert.Equal("RolledBack", error.ErrorId);
    }

    private string MirrorPath => fixture.Folder.File("mirror");

    private SyncOptions Options() => new() { Destination = MirrorPath };

    private async Task<RepositoryConnection> SyncAsync(RepositoryConnection origin, int expected)
    {
        SyncResult result = await facade.SyncAsync(origin, Options(), fixture.Observer, CancellationToken.None);
        Assert.Equal(expected, result.Snapshots.Count);
        Assert.True(result.BytesSent > 0);
        return result.Destination;
    }

    private async Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, byte[] content)
    {
        string path = fixture.Folder.File("web01.img");
        await File.WriteAllBytesAsync(path, content);
        var options = new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = path }] };
        return await snapshots.CaptureAsync(connection, options, fixture.Observer, CancellationToken.None);
    }
}
