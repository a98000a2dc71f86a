using System.Security.Cryptography;
using Portability.Core.Crypto;
using Portability.Engine.Replication;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Verification;
using Portability.Repository;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Snapshots;
using Xunit;

namespace Portability.Engine.Tests.Replication;

/// <summary>
/// What somebody who can write may do to a mirror or to its origin: a machine that holds no key and pins the owner alone finds it at the mirror, and a
/// sync lets nothing of it through. The same after parents were removed at the origin and its store was optimised.
/// </summary>
public sealed class MirrorAttackTests : IDisposable
{
    private readonly SyncBench bench = new();

    public static TheoryData<string, bool> Attacks()
    {
        var data = new TheoryData<string, bool>();
        string[] names =
        [
            "flipped byte", "exchanged pack", "missing object", "forged manifest", "signer not admitted", "older manifest", "other workload",
            "tombstone without right", "substitution without right", "newest manifest missing",
        ];
        foreach (string name in names)
        {
            data.Add(name, false);
            data.Add(name, true);
        }

        return data;
    }

    public void Dispose() => bench.Dispose();

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task A_mirror_without_a_key_finds_it(string attack, bool later)
    {
        using RepositoryConnection origin = await MakeAsync(later);
        (await bench.SyncAsync(origin)).Destination.Dispose();
        await bench.AssertHealthyAsync(bench.Mirror);
        (string name, FindingKind kind) = await AttackAsync(origin, bench.Mirror, attack);
        using RepositoryConnection keyless = await ConnectElsewhereAsync(origin);
        Assert.Null(keyless.Opened.Keyring);
        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
            keyless, new RepositoryTestOptions { RaceNames = 0 }, bench.Fixture.Observer, CancellationToken.None);
        Assert.False(result.IsHealthy);
        TestFinding? found = result.Findings.FirstOrDefault(finding => finding.ObjectName == name);
        Assert.True(found?.Kind == kind, $"{name} {kind}: {string.Join("; ", result.Findings.Select(finding => $"{finding}: {finding.Message}"))}");
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task A_sync_lets_nothing_of_it_through(string attack, bool later)
    {
        using RepositoryConnection origin = await MakeAsync(later);
        if (attack is "newest manifest missing")
        {
            (await bench.SyncAsync(origin)).Destination.Dispose();
        }

        (string name, FindingKind kind) = await AttackAsync(origin, bench.Fixture.Vault, attack);
        Directory.Delete(Path.Combine(bench.Fixture.Folder.Path, "state", "cache"), recursive: true);
        PortabilityException? error = null;
        try
        {
            (await bench.SyncAsync(origin)).Destination.Dispose();
        }
        catch (PortabilityException exception)
        {
            error = exception;
        }

        if (kind is FindingKind.Damaged or FindingKind.Missing or FindingKind.Exchanged or FindingKind.RolledBack)
        {
            Assert.NotNull(error);
            Assert.True(error is IntegrityException or RepositoryException { Kind: ErrorKind.Integrity }, error.ToString());
        }

        if (Directory.Exists(bench.Mirror))
        {
            await bench.AssertHealthyAsync(bench.Mirror, attack + ": ");
            Assert.True(attack is "newest manifest missing" || kind == FindingKind.Exchanged || !File.Exists(Path.Combine(bench.Mirror, name)), name);
        }
    }

    [Fact]
    public async Task A_tombstone_of_the_origin_travels_as_a_fact_and_removes_nothing()
    {
        using RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        WorkloadSnapshot first = await bench.CaptureAsync(origin, "web01", 1, 2 << 20);
        (await bench.SyncAsync(origin)).Destination.Dispose();
        WorkloadSnapshot second = await bench.CaptureAsync(origin, "web01", 2);
        WorkloadSnapshot third = await bench.CaptureAsync(origin, "web01", 3);
        var snapshots = new SnapshotFacade();
        await snapshots.RemoveAsync(origin, first, bench.Fixture.Observer, CancellationToken.None);
        await snapshots.RemoveAsync(origin, second, bench.Fixture.Observer, CancellationToken.None);
        using RepositoryConnection mirror = (await bench.SyncAsync(origin)).Destination;
        Assert.Equal(["web01#1", "web01#3"], await NamesAsync(mirror));
        Guid home = origin.Repository.InstanceId;
        Assert.True(File.Exists(Path.Combine(bench.Mirror, RepositoryNames.Tombstone(first.WorkloadId, 1, home).Value)));
        Assert.True(File.Exists(Path.Combine(bench.Mirror, RepositoryNames.Tombstone(first.WorkloadId, 2, home).Value)));

        // Number 2 was never here; the fact tells why, and by its hash the chain is whole.
        RepositoryTestResult result = await new VerificationFacade().TestRepositoryAsync(
            mirror, new RepositoryTestOptions { RaceNames = 0 }, bench.Fixture.Observer, CancellationToken.None);
        Assert.Empty(result.Findings);

        // Mirror and origin retain independently: what is removed here is asked for no more.
        await snapshots.RemoveAsync(mirror, first, bench.Fixture.Observer, CancellationToken.None);
        (await bench.SyncAsync(origin)).Destination.Dispose();
        Assert.Equal(["web01#3"], await NamesAsync(mirror));
        Assert.Equal(["web01#3"], await NamesAsync(origin));
        Assert.Equal(third.Id, (await ListAsync(mirror))[0].Id);
    }

    [Fact]
    public async Task A_tombstone_that_its_store_lost_comes_back_from_the_mirror()
    {
        using RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        WorkloadSnapshot first = await bench.CaptureAsync(origin, "web01", 1, 2 << 20);
        string manifest = Path.Combine(bench.Fixture.Vault, RepositoryNames.Manifest(first.WorkloadId, 1).Value);
        byte[] bytes = await File.ReadAllBytesAsync(manifest);
        await bench.CaptureAsync(origin, "web01", 2);
        await new SnapshotFacade().RemoveAsync(origin, first, bench.Fixture.Observer, CancellationToken.None);
        (await bench.SyncAsync(origin)).Destination.Dispose();
        File.Delete(Path.Combine(bench.Fixture.Vault, RepositoryNames.Tombstone(first.WorkloadId, 1).Value));
        await File.WriteAllBytesAsync(manifest, bytes);
        Assert.Equal(["web01#1", "web01#2"], await NamesAsync(origin));
        using RepositoryConnection mirror = await bench.Fixture.OpenAsync(bench.Mirror);
        (await bench.SyncAsync(mirror, options: new SyncOptions { Destination = bench.Fixture.Vault })).Destination.Dispose();
        Assert.Equal(["web01#2"], await NamesAsync(origin));
    }

    [Fact]
    public async Task A_pack_that_took_the_place_of_another_is_sent_for_it()
    {
        using RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        WorkloadSnapshot first = await bench.CaptureAsync(origin, "web01", 1, 2 << 20);
        string old = Packs(bench.Fixture.Vault).Single();
        await SubstituteAsync(origin, origin.Opened.Signer!, old, first);
        File.Delete(old);
        (await bench.SyncAsync(origin)).Destination.Dispose();
        await bench.AssertHealthyAsync(bench.Mirror);
        Assert.NotEqual(Path.GetFileName(old)[..64], Path.GetFileName(Packs(bench.Mirror).Single())[..64]);
    }

    private static string[] Packs(string store) => [.. Directory.GetFiles(Path.Combine(store, "packs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private async Task<RepositoryConnection> MakeAsync(bool later)
    {
        RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        WorkloadSnapshot first = await bench.CaptureAsync(origin, "web01", 1, 2 << 20);
        WorkloadSnapshot second = await bench.CaptureAsync(origin, "web01", 2);
        await bench.CaptureAsync(origin, "web02", 3, 1 << 20);
        await bench.CaptureAsync(origin, "web01", 4);
        if (later)
        {
            await new SnapshotFacade().RemoveAsync(origin, first, bench.Fixture.Observer, CancellationToken.None);
            await new SnapshotFacade().RemoveAsync(origin, second, bench.Fixture.Observer, CancellationToken.None);
            await bench.Fixture.Repositories.OptimizeAsync(origin, new OptimizeOptions(), bench.Fixture.Observer, CancellationToken.None);
        }

        return origin;
    }

    /// <summary>Another machine, which knows nothing but the owner's fingerprint.</summary>
    private async Task<RepositoryConnection> ConnectElsewhereAsync(RepositoryConnection origin)
    {
        EngineEnvironment machine = bench.Fixture.OtherMachine("verifier");
        var options = new ConnectRepositoryOptions { Path = bench.Mirror, Fingerprint = origin.Repository.OwnerFingerprint };
        return await new RepositoryFacade(machine).ConnectAsync(options, bench.Fixture.Observer, CancellationToken.None);
    }

    /// <summary>Does something to a store; tells the object that must be named and how.</summary>
    private async Task<(string Name, FindingKind Kind)> AttackAsync(RepositoryConnection origin, string store, string attack)
    {
        List<WorkloadSnapshot> snapshots = await ListAsync(origin);
        WorkloadSnapshot newest = snapshots.Last(snapshot => snapshot.Name == "web01");
        WorkloadSnapshot other = snapshots.First(snapshot => snapshot.Name == "web02");
        string[] packs = Packs(store);
        string next = RepositoryNames.Manifest(newest.WorkloadId, newest.Sequence + 1).Value;
        using SigningKey stranger = SigningKey.Generate();
        var signer = new RecordSigner(origin.Opened.Id, stranger, RandomSource.System);
        switch (attack)
        {
            case "flipped byte":
                byte[] bytes = await File.ReadAllBytesAsync(packs[0]);
                bytes[bytes.Length / 3] ^= 0x10;
                await RewriteAsync(packs[0], bytes);
                return (NameOf(store, packs[0]), FindingKind.Damaged);
            case "exchanged pack":
                bool alike = new FileInfo(packs[0]).Length == new FileInfo(packs[1]).Length;
                await RewriteAsync(packs[0], await File.ReadAllBytesAsync(packs[1]));
                return (NameOf(store, packs[0]), alike ? FindingKind.Exchanged : FindingKind.Damaged);
            case "missing object":
                File.Delete(packs[0]);
                return (Copy0(NameOf(store, packs[0])), FindingKind.Missing);
            case "forged manifest":
                byte[] forged = await ReadAsync(store, newest.WorkloadId, newest.Sequence);
                forged[300] ^= 1;
                await RewriteAsync(Path.Combine(store, RepositoryNames.Manifest(newest.WorkloadId, newest.Sequence).Value), forged);
                return (RepositoryNames.Manifest(newest.WorkloadId, newest.Sequence).Value, FindingKind.Damaged);
            case "signer not admitted":
                SignedRecord record = SignedRecord.Parse(await ReadAsync(store, newest.WorkloadId, newest.Sequence));
                SnapshotManifest manifest = SnapshotManifest.Read(record) with { Number = newest.Sequence + 1, ParentNumber = newest.Sequence, ParentHash = record.Hash };
                SignedRecord made = manifest.Sign(signer, origin.Opened.RequireKeyring(), new SnapshotDetails { Machine = new MachineDefinition(), Disks = [] });
                await RewriteAsync(Path.Combine(store, next), made.Bytes.ToArray());
                return (next, FindingKind.NotAdmitted);
            case "older manifest":
                await RewriteAsync(Path.Combine(store, next), await ReadAsync(store, newest.WorkloadId, newest.Sequence));
                return (next, FindingKind.Exchanged);
            case "other workload":
                await RewriteAsync(Path.Combine(store, next), await ReadAsync(store, other.WorkloadId, other.Sequence));
                return (next, FindingKind.Exchanged);
            case "tombstone without right":
                Guid instance = store == bench.Fixture.Vault ? origin.Repository.InstanceId : (await bench.Fixture.OpenAsync(bench.Mirror)).Repository.InstanceId;
                string tombstone = RepositoryNames.Tombstone(newest.WorkloadId, newest.Sequence).Value;
                SignedRecord manifestRecord = SignedRecord.Parse(await ReadAsync(store, newest.WorkloadId, newest.Sequence));
                byte[] body = System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(
                    $$"""{"workload":"{{newest.WorkloadId:D}}","number":{{newest.Sequence}},"instance":"{{instance:D}}","hash":"{{manifestRecord.Hash}}","parentHash":"","parentNumber":0,"reason":"x"}"""));
                await RewriteAsync(Path.Combine(store, tombstone), signer.Sign(RecordKind.Tombstone, body).Bytes.ToArray());
                return (tombstone, FindingKind.NotAdmitted);
            case "substitution without right":
                string name = await SubstituteAsync(origin, signer, packs[0], newest, store);
                File.Delete(packs[0]);
                return (name, FindingKind.NotAdmitted);
            default:
                // A machine that saw nothing is told by the receipt, or misses nothing: the origin has one that saw it.
                File.Delete(Path.Combine(store, RepositoryNames.Manifest(newest.WorkloadId, newest.Sequence).Value));
                return (RepositoryNames.Manifest(newest.WorkloadId, newest.Sequence).Value, FindingKind.RolledBack);
        }
    }

    /// <summary>Puts a pack of random bytes and a record that says that it holds all of another one.</summary>
    private static async Task<string> SubstituteAsync(RepositoryConnection origin, RecordSigner signer, string old, WorkloadSnapshot snapshot, string? store = null)
    {
        store ??= origin.Repository.Path;
        byte[] content = RandomNumberGenerator.GetBytes(5000);
        var id = ObjectId.Draw(RandomSource.System);
        var set = old.Contains("boot", StringComparison.Ordinal) ? BlockSet.Boot : BlockSet.Data;
        await RewriteAsync(Path.Combine(store, RepositoryNames.StoredObject(ObjectKind.Pack, set, id).Value), content);
        RecordHash manifest = RecordHash.Of(await ReadAsync(store, snapshot.WorkloadId, snapshot.Sequence));
        byte[] body = System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant(
            $$"""{"new":{"object":"{{id}}","set":"{{(set == BlockSet.Boot ? "boot" : "data")}}","length":{{content.Length}},"hash":"{{RecordHash.Of(content)}}"},"old":["{{Path.GetFileName(old)[..64]}}"],"completeFor":["{{manifest}}"]}"""));
        string name = RepositoryNames.Substitution(id, RecordId.Draw(RandomSource.System)).Value;
        await RewriteAsync(Path.Combine(store, name), signer.Sign(RecordKind.Substitution, body).Bytes.ToArray());
        return name;
    }

    private static async Task RewriteAsync(string file, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        if (File.Exists(file))
        {
            File.SetAttributes(file, FileAttributes.Normal);
            File.Delete(file);
        }

        await File.WriteAllBytesAsync(file, content);
    }

    private static Task<byte[]> ReadAsync(string store, Guid workload, long number) =>
        File.ReadAllBytesAsync(Path.Combine(store, RepositoryNames.Manifest(workload, number).Value));

    private static string NameOf(string store, string file) => Path.GetRelativePath(store, file).Replace('\\', '/');

    private static string Copy0(string name) => name[..(name.LastIndexOf('.') + 1)] + "0";

    private async Task<List<string>> NamesAsync(RepositoryConnection connection) => [.. (await ListAsync(connection)).Select(snapshot => snapshot.ToString())];

    private async Task<List<WorkloadSnapshot>> ListAsync(RepositoryConnection connection) =>
        await new SnapshotFacade().ListAsync(connection, new SnapshotListOptions(), bench.Fixture.Observer, CancellationToken.None).ToListAsync();
}
