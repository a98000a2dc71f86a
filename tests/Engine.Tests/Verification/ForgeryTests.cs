using Portability.Core.Crypto;
using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;
using Xunit;

namespace Portability.Engine.Tests.Verification;

/// <summary>Records that are whole, but not what belongs in their place.</summary>
public sealed class ForgeryTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly VerificationFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_manifest_of_a_key_that_is_not_admitted_is_told()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", 1);
        SignedRecord record = SignedRecord.Parse(await File.ReadAllBytesAsync(Manifest(snapshot.WorkloadId, 1)));
        using SigningKey stranger = SigningKey.Generate();
        var forger = new RecordSigner(connection.Opened.Id, stranger, RandomSource.System);
        SnapshotManifest forged = SnapshotManifest.Read(record) with { Number = 2, ParentNumber = 1, ParentHash = record.Hash, ParentSnapshot = snapshot.Id };
        SignedRecord made = forged.Sign(forger, connection.Opened.RequireKeyring(), new SnapshotDetails { Machine = new MachineDefinition(), Disks = [] });
        await File.WriteAllBytesAsync(Manifest(snapshot.WorkloadId, 2), made.Bytes.ToArray());
        await AssertToldAsync(connection, FindingKind.NotAdmitted, snapshot.WorkloadId, 2);
        SnapshotTestResult first = await TestAsync(connection, snapshot);
        Assert.True(first.IsHealthy, string.Join("; ", first.Findings.Select(finding => finding.ToString())));
        Assert.False((await TestAsync(connection, snapshot with { Sequence = 2 })).IsHealthy);
    }

    [Fact]
    public async Task A_manifest_of_another_workload_is_told()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot one = await CaptureAsync(connection, "web01", 1);
        WorkloadSnapshot other = await CaptureAsync(connection, "web02", 2);
        File.Copy(Manifest(other.WorkloadId, 1), Manifest(one.WorkloadId, 1), overwrite: true);
        await AssertToldAsync(connection, FindingKind.Exchanged, one.WorkloadId, 1);
        Assert.Contains((await TestAsync(connection, one)).Findings, finding => finding.Kind == FindingKind.Exchanged);
        Assert.True((await TestAsync(connection, other)).IsHealthy);
    }

    [Fact]
    public async Task An_older_manifest_under_the_next_number_is_told()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", 1);
        File.Copy(Manifest(snapshot.WorkloadId, 1), Manifest(snapshot.WorkloadId, 2));
        await AssertToldAsync(connection, FindingKind.Exchanged, snapshot.WorkloadId, 2);
    }

    [Fact]
    public async Task The_newest_manifest_is_missed_by_who_saw_it()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", 1);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", 2);
        File.Delete(Manifest(second.WorkloadId, 2));
        await AssertToldAsync(connection, FindingKind.RolledBack, second.WorkloadId, 2);
        Assert.Contains((await TestAsync(connection, first)).Findings, finding => finding.Kind == FindingKind.RolledBack);
        File.Delete(Manifest(first.WorkloadId, 1));
        await AssertToldAsync(connection, FindingKind.RolledBack, second.WorkloadId, 2);
    }

    [Fact]
    public async Task A_number_without_manifest_and_tombstone_is_told()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", 1);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", 2);
        File.Delete(Manifest(first.WorkloadId, 1));
        await AssertToldAsync(connection, FindingKind.Missing, first.WorkloadId, 1);
        Assert.True((await TestAsync(connection, second)).IsHealthy);
        SnapshotTestResult gone = await TestAsync(connection, first);
        Assert.False(gone.IsHealthy);
        Assert.Equal(FindingKind.Missing, Assert.Single(gone.Findings).Kind);
    }

    [Theory]
    [InlineData(TestDepth.Manifest)]
    [InlineData(TestDepth.Objects)]
    [InlineData(TestDepth.Content)]
    public async Task A_sound_snapshot_is_healthy_at_every_depth(TestDepth depth)
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot snapshot = await CaptureAsync(connection, "web01", 1);
        SnapshotTestResult result = await facade.TestSnapshotAsync(connection, snapshot, depth, fixture.Observer, CancellationToken.None);
        Assert.Empty(result.Findings);
        Assert.True(result.IsHealthy);
        Assert.Equal(depth, result.Depth);
        Assert.Equal(snapshot.SignerFingerprint, result.SignerFingerprint);
        Assert.Equal(depth == TestDepth.Manifest, result.BytesRead == 0);
    }

    [Fact]
    public async Task Blocks_are_not_tested_without_a_key()
    {
        using (RepositoryConnection connection = await fixture.OpenNewAsync())
        {
            await CaptureAsync(connection, "web01", 1);
        }

        using RepositoryConnection keyless = await fixture.ConnectAsync(withSecret: false);
        var options = new RepositoryTestOptions { Depth = TestDepth.Content };
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(() => facade.TestRepositoryAsync(keyless, options, fixture.Observer, CancellationToken.None));
        Assert.Equal("KeyRequired", refused.ErrorId);
    }

    [Fact]
    public async Task A_mirror_shows_its_receipt_and_misses_what_it_signed_for()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", 1);
        WorkloadSnapshot second = await CaptureAsync(connection, "web01", 2);
        string place = fixture.Folder.File("mirror");
        SyncResult sync = await new SyncFacade().SyncAsync(connection, new SyncOptions { Destination = place }, fixture.Observer, CancellationToken.None);
        using RepositoryConnection mirror = sync.Destination;
        RepositoryTestResult sound = await facade.TestRepositoryAsync(mirror, new RepositoryTestOptions(), fixture.Observer, CancellationToken.None);
        Assert.Empty(sound.Findings);
        SnapshotTestResult result = await TestAsync(mirror, first);
        Assert.True(result.IsHealthy);
        SyncReceipt receipt = Assert.Single(result.Receipts);
        Assert.True(receipt.IsVerified);
        Assert.Equal(2, receipt.Sequence);
        Assert.Equal(second.Id, receipt.SnapshotId);
        Assert.Equal(mirror.Repository.InstanceId, receipt.InstanceId);

        // A machine that has seen nothing here still knows by the receipt.
        File.Delete(Path.Combine(place, "snapshots", second.WorkloadId.ToString("D"), "0000000002"));
        using RepositoryConnection stranger = await fixture.ConnectAsync(place, environment: fixture.OtherMachine("stranger"));
        TestFinding told = Assert.Single((await TestAsync(stranger, first)).Findings);
        Assert.Equal(FindingKind.RolledBack, told.Kind);
    }

    private string Manifest(Guid workload, long number) => Path.Combine(fixture.Vault, "snapshots", workload.ToString("D"), FormattableString.Invariant($"{number:D10}"));

    private async Task AssertToldAsync(RepositoryConnection connection, FindingKind kind, Guid workload, long number)
    {
        RepositoryTestResult result = await facade.TestRepositoryAsync(connection, new RepositoryTestOptions(), fixture.Observer, CancellationToken.None);
        string name = FormattableString.Invariant($"snapshots/{workload:D}/{number:D10}");
        TestFinding told = Assert.Single(result.Findings, finding => finding.ObjectName == name);
        Assert.Equal(kind, told.Kind);
        Assert.False(result.IsHealthy);
    }

    private Task<SnapshotTestResult> TestAsync(RepositoryConnection connection, WorkloadSnapshot snapshot) =>
        facade.TestSnapshotAsync(connection, snapshot, depth: null, fixture.Observer, CancellationToken.None);

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, int seed)
    {
        string path = TestDisk.Write(fixture.Folder.File(name + ".img"), SparseContent.Make(seed, 1 << 20));
        return new SnapshotFacade().CaptureAsync(connection, new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = path }] }, fixture.Observer, CancellationToken.None);
    }
}
