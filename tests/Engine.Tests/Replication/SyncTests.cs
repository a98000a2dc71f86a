using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
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

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut")]
    [InlineData("exchanged")]
    public async Task A_damaged_manifest_is_repaired_beside_the_damage(string damage)
    {
        byte[] content = SparseContent.Make(8, 2 << 20, dataShare: 0.9);
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(origin, content);
        byte[] later = [.. content];
        later[5] ^= 1;
        WorkloadSnapshot second = await CaptureAsync(origin, later);
        (await SyncAsync(origin, expected: 2)).Dispose();
        string folder = Path.Combine(MirrorPath, "snapshots", first.WorkloadId.ToString("D"));
        string file = Path.Combine(folder, "0000000001");
        byte[] bytes = damage == "exchanged" ? await File.ReadAllBytesAsync(Path.Combine(folder, "0000000002")) : await File.ReadAllBytesAsync(file);
        bytes[200] ^= (byte)(damage == "flipped" ? 1 : 0);
        File.SetAttributes(file, FileAttributes.Normal);
        await File.WriteAllBytesAsync(file, damage == "cut" ? bytes[..150] : bytes);
        using RepositoryConnection mirror = await SyncAsync(origin, expected: 2);

        Assert.Contains(Directory.EnumerateFiles(folder), name => Path.GetFileName(name).StartsWith("0000000001.", StringComparison.Ordinal));
        var verification = new VerificationFacade();
        foreach (WorkloadSnapshot snapshot in (WorkloadSnapshot[])[first, second])
        {
            SnapshotTestResult tested = await verification.TestSnapshotAsync(mirror, snapshot, depth: null, fixture.Observer, CancellationToken.None);
            Assert.True(tested.IsHealthy, string.Join<TestFinding>('\n', tested.Findings));
        }

        RepositoryTestResult whole = await verification.TestRepositoryAsync(mirror, new RepositoryTestOptions(), fixture.Observer, CancellationToken.None);
        Assert.True(whole.IsHealthy, string.Join<TestFinding>('\n', whole.Findings));
        TestFinding told = Assert.Single(whole.Findings, finding => finding.ObjectName.EndsWith("/0000000001", StringComparison.Ordinal));
        Assert.False(told.IsDamage);
        OptimizeResult optimized = await fixture.Repositories.OptimizeAsync(mirror, new OptimizeOptions(), fixture.Observer, CancellationToken.None);
        Assert.Equal(0, optimized.ObjectsDeleted);

        var listed = new List<WorkloadSnapshot>();
        fixture.Observer.Warnings.Clear();
        await foreach (WorkloadSnapshot snapshot in snapshots.ListAsync(mirror, new SnapshotListOptions(), fixture.Observer, CancellationToken.None))
        {
            listed.Add(snapshot);
        }

        Assert.Equal([first.Id, second.Id], listed.Select(snapshot => snapshot.Id));
        Assert.Empty(fixture.Observer.Warnings);
        Assert.Equal(content, await TestDisk.ReadAsync(mirror, first));
        await snapshots.RemoveAsync(mirror, first, fixture.Observer, CancellationToken.None);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), name => Path.GetFileName(name) == "0000000001");
    }

    [Fact]
    public async Task One_manifest_under_two_names_is_one_snapshot()
    {
        using RepositoryConnection origin = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(origin, SparseContent.Make(9, 1 << 20, dataShare: 0.9));
        string folder = Path.Combine(fixture.Vault, "snapshots", snapshot.WorkloadId.ToString("D"));
        File.Copy(Path.Combine(folder, "0000000001"), Path.Combine(folder, "0000000001." + new string('a', 32)));
        SnapshotTestResult tested = await new VerificationFacade().TestSnapshotAsync(origin, snapshot, depth: null, fixture.Observer, CancellationToken.None);
        Assert.True(tested.IsHealthy, string.Join<TestFinding>('\n', tested.Findings));
        int count = 0;
        await foreach (WorkloadSnapshot listed in snapshots.ListAsync(origin, new SnapshotListOptions(), fixture.Observer, CancellationToken.None))
        {
            Assert.Equal(snapshot.Id, listed.Id);
            count++;
        }

        Assert.Equal(1, count);
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
