using Portability.Engine.Operations;
using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Catalog;
using Portability.Engine.Verification;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

/// <summary>Manifests and trees that do not read and that no mirror repairs.</summary>
public sealed class GivingUpTests : IDisposable
{
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Theory]
    [InlineData(1, "flipped")]
    [InlineData(2, "flipped")]
    [InlineData(3, "flipped")]
    [InlineData(2, "cut")]
    [InlineData(2, "long")]
    [InlineData(2, "kind")]
    public async Task A_damaged_manifest_is_given_up_and_the_rest_goes_on(int number, string damage)
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        List<(WorkloadSnapshot Snapshot, byte[] Content)> made = await CaptureThreeAsync(connection);
        WorkloadSnapshot hurt = made[number - 1].Snapshot;
        Damage(hurt, damage);
        RepositoryException blocked = await Assert.ThrowsAsync<RepositoryException>(() => OptimizeAsync(connection));
        Assert.Equal(("CannotCollect", FileOf(hurt)), (blocked.ErrorId, Path.Combine(fixture.Vault, blocked.TargetName!)));
        Assert.Contains($"-Damaged -Repository $repo -Name {hurt.WorkloadId:D} -Sequence {number}", blocked.RecommendedAction, StringComparison.Ordinal);

        await GiveUpAsync(connection, "web01", number);
        Assert.False(File.Exists(FileOf(hurt)));
        OptimizeResult result = await OptimizeAsync(connection);
        Assert.InRange(result.BytesFreed, 1 << 20, long.MaxValue);
        RepositoryTestResult tested = await new VerificationFacade().TestRepositoryAsync(connection, new RepositoryTestOptions { Depth = TestDepth.Content }, fixture.Observer, CancellationToken.None);
        Assert.Empty(tested.Findings);
        foreach ((WorkloadSnapshot snapshot, byte[] content) in made.Where(item => item.Snapshot != hurt))
        {
            Assert.Equal(content, await TestDisk.ReadAsync(connection, snapshot));
        }

        // Its number is never given again, and a mirror takes the rest.
        Assert.Equal(4, (await CaptureAsync(connection, SparseContent.Make(9, 1 << 20))).Sequence);
        SyncResult sent = await new SyncFacade().SyncAsync(connection, new SyncOptions { Destination = fixture.Folder.File("mirror") }, fixture.Observer, CancellationToken.None);
        sent.Destination.Dispose();
        Assert.Equal(3, sent.Snapshots.Count);
        Assert.Equal("SnapshotNotFound", await FailAsync(connection, "web01", number));
    }

    [Fact]
    public async Task What_reads_is_not_given_up()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        List<(WorkloadSnapshot Snapshot, byte[] Content)> made = await CaptureThreeAsync(connection);
        Assert.Equal("SnapshotNotDamaged", await FailAsync(connection, "web01", 2));
        Assert.Equal("SnapshotNotFound", await FailAsync(connection, "web01", 4));
        Assert.Equal("SnapshotNotFound", await FailAsync(connection, "web02", 1));

        // Under another name of the number, as a repair puts it.
        File.Copy(FileOf(made[1].Snapshot), FileOf(made[1].Snapshot) + ".0123456789abcdef0123456789abcdef");
        Damage(made[1].Snapshot, "flipped");
        Assert.Equal("SnapshotNotDamaged", await FailAsync(connection, made[1].Snapshot.WorkloadId.ToString("D"), 2));
        Assert.Equal(made[1].Content, await TestDisk.ReadAsync(connection, made[1].Snapshot));

        // Two that were exchanged are each the only copy of the other.
        string one = FileOf(made[0].Snapshot), three = FileOf(made[2].Snapshot);
        byte[] kept = await File.ReadAllBytesAsync(one);
        Write(one, await File.ReadAllBytesAsync(three));
        Write(three, kept);
        Assert.Equal("SnapshotNotDamaged", await FailAsync(connection, "web01", 1));
        Assert.Equal("SnapshotNotDamaged", await FailAsync(connection, "web01", 3));
        Write(three, await File.ReadAllBytesAsync(Directory.GetFiles(Path.Combine(fixture.Vault, "trust")).Order(StringComparer.Ordinal).First()));
        Assert.Equal("SnapshotNotDamaged", await FailAsync(connection, "web01", 3));
    }

    [Fact]
    public async Task A_reader_that_may_be_on_it_keeps_it()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        List<(WorkloadSnapshot Snapshot, byte[] Content)> made = await CaptureThreeAsync(connection);
        CatalogEntry entry = await new SnapshotCatalog(connection, fixture.Observer).GetAsync(made[1].Snapshot.WorkloadId, 2, made[1].Snapshot.Id, CancellationToken.None);
        CatalogEntry other = await new SnapshotCatalog(connection, fixture.Observer).GetAsync(made[0].Snapshot.WorkloadId, 1, made[0].Snapshot.Id, CancellationToken.None);
        await using (HeldLease pin = (await SnapshotPin.TryOpenAsync(connection, entry, fixture.Observer, CancellationToken.None))!)
        {
            Damage(made[1].Snapshot, "flipped");
            Assert.Equal("SnapshotPinned", await FailAsync(connection, "web01", 2));
        }

        await using (HeldLease pin = (await SnapshotPin.TryOpenAsync(connection, other, fixture.Observer, CancellationToken.None))!)
        {
            await GiveUpAsync(connection, "web01", 2);
        }

        Assert.False(File.Exists(FileOf(made[1].Snapshot)));
    }

    [Fact]
    public async Task It_takes_the_right_to_remove()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        List<(WorkloadSnapshot Snapshot, byte[] Content)> made = await CaptureThreeAsync(connection);
        Damage(made[0].Snapshot, "flipped");
        using EngineSecret secret = EngineSecret.FromCertificate(RepositoryTemplate.Certificate);
        var options = new ConnectRepositoryOptions { Path = fixture.Vault, Secret = secret, Fingerprint = connection.Repository.OwnerFingerprint };
        using RepositoryConnection stranger = await new RepositoryFacade(fixture.OtherMachine("b")).ConnectAsync(options, fixture.Observer, CancellationToken.None);
        Assert.Equal("SignerNotAdmitted", await FailAsync(stranger, "web01", 1));
        Assert.True(File.Exists(FileOf(made[0].Snapshot)));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("cut")]
    [InlineData("flipped")]
    public async Task A_tree_that_does_not_read_keeps_a_collection_from_its_work_and_is_named(string damage)
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        List<(WorkloadSnapshot Snapshot, byte[] Content)> made = await CaptureThreeAsync(connection);
        string[] trees = Directory.GetFiles(Path.Combine(fixture.Vault, "references"), "*", SearchOption.AllDirectories);
        foreach (string tree in trees)
        {
            byte[] whole = await File.ReadAllBytesAsync(tree);
            if (damage == "gone")
            {
                File.Delete(tree);
            }
            else
            {
                Write(tree, Changed(whole, damage));
            }
        }

        RepositoryException blocked = await Assert.ThrowsAsync<RepositoryException>(() => OptimizeAsync(connection));
        Assert.Equal(("CannotCollect", ErrorKind.Integrity), (blocked.ErrorId, blocked.Kind));
        Assert.StartsWith($"snapshots/{made[0].Snapshot.WorkloadId:D}/", blocked.TargetName, StringComparison.Ordinal);
        Assert.Contains("reference", blocked.Message, StringComparison.Ordinal);
        Assert.Contains("Remove-WorkloadSnapshot", blocked.RecommendedAction, StringComparison.Ordinal);
        foreach ((WorkloadSnapshot snapshot, _) in made)
        {
            await facade.RemoveAsync(connection, snapshot, fixture.Observer, CancellationToken.None);
        }

        Assert.InRange((await OptimizeAsync(connection)).BytesFreed, 1 << 20, long.MaxValue);
    }

    private static byte[] Changed(byte[] whole, string damage)
    {
        byte[] changed = damage switch
        {
            "cut" => whole[..(whole.Length / 2)],
            _ => whole.ToArray(),
        };
        if (damage == "flipped")
        {
            changed[whole.Length - 70] ^= 1;
        }
        else if (damage == "kind")
        {
            changed[6] = 3; // says that it is a tombstone
        }

        return changed;
    }

    private void Damage(WorkloadSnapshot snapshot, string damage)
    {
        Write(FileOf(snapshot), Changed(File.ReadAllBytes(FileOf(snapshot)), damage));
        if (damage == "long")
        {
            using FileStream file = File.OpenWrite(FileOf(snapshot));
            file.SetLength(200 << 20);
        }
    }

    private static void Write(string file, byte[] content)
    {
        File.SetAttributes(file, FileAttributes.Normal);
        File.WriteAllBytes(file, content);
    }

    private string FileOf(WorkloadSnapshot snapshot) =>
        Path.Combine(fixture.Vault, "snapshots", snapshot.WorkloadId.ToString("D"), snapshot.Sequence.ToString("D10", System.Globalization.CultureInfo.InvariantCulture));

    private Task<OptimizeResult> OptimizeAsync(RepositoryConnection connection) =>
        fixture.Repositories.OptimizeAsync(connection, new OptimizeOptions(), fixture.Observer, CancellationToken.None);

    private Task GiveUpAsync(RepositoryConnection connection, string name, long number) =>
        facade.RemoveDamagedAsync(connection, name, number, fixture.Observer, CancellationToken.None);

    private async Task<string> FailAsync(RepositoryConnection connection, string name, long number)
    {
        PortabilityException error = await Assert.ThrowsAnyAsync<PortabilityException>(() => GiveUpAsync(connection, name, number));
        Assert.NotEmpty(error.RecommendedAction);
        return error.ErrorId;
    }

    private async Task<List<(WorkloadSnapshot Snapshot, byte[] Content)>> CaptureThreeAsync(RepositoryConnection connection)
    {
        var made = new List<(WorkloadSnapshot Snapshot, byte[] Content)>();
        for (int seed = 1; seed <= 3; seed++)
        {
            byte[] content = SparseContent.Make(seed, 4 << 20, dataShare: 1);
            made.Add((await CaptureAsync(connection, content), content));
        }

        return made;
    }

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File("web01.img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
