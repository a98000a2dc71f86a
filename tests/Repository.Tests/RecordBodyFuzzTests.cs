using System.Text.Json.Serialization.Metadata;
using Portability.Core.Crypto;
using Portability.Repository.Announcements;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;
using Portability.Repository.Objects;
using Portability.Repository.Receipts;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;
using Portability.Repository.Workloads;
using Xunit;

namespace Portability.Repository.Tests;

/// <summary>
/// Damaged bodies of records of every kind, rightly signed: what an admitted member with a broken or hostile program could put. Only
/// <see cref="PortabilityException"/> escapes. Bodies of trust and instance records: <see cref="KeyAndRecordFuzzTests"/>.
/// </summary>
public sealed class RecordBodyFuzzTests : IAsyncLifetime
{
    private static readonly Guid Workload = new("0a0b0c0d-0e0f-4011-8213-141516171819");
    private static readonly DateTime Created = new(2031, 2, 3, 4, 5, 6, DateTimeKind.Utc);
    private readonly SeededRandomSource random = new(21);
    private Repositories.TestRepository made = null!;
    private OpenRepository opened = null!;
    private RecordSigner signer = null!;
    private Keyring keyring = null!;

    public async ValueTask InitializeAsync()
    {
        made = await Repositories.TestRepository.CreateAsync();
        opened = made.Open();
        signer = new RecordSigner(made.Configuration.Id, made.Member, RandomSource.System);
        keyring = Keyring.Create(made.Configuration.Id, random);
    }

    public ValueTask DisposeAsync()
    {
        keyring.Dispose();
        opened.Dispose();
        made.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Manifests()
    {
        SignedRecord record = Manifest().Sign(signer, keyring, Details());
        Fuzz(201, record.Body.ToArray(), ManifestJson.Default.ManifestBody, RecordKind.Manifest, altered =>
        {
            SnapshotManifest read = SnapshotManifest.Read(altered);
            Assert.All(read.Disks, disk => Assert.True(disk.Length > 0 && disk.Id is not null));
            Assert.All(read.Tags, Assert.NotNull);
            _ = read.References?.Holder.ToString();
        });
        using SecretBytes sealedPart = record.OpenSealed(keyring);
        FuzzSealed(202, sealedPart.AsSpan().ToArray(), ManifestJson.Default.ManifestSealedBody, RecordKind.Manifest, record.Body.ToArray(), altered =>
        {
            SnapshotDetails details = SnapshotManifest.ReadDetails(altered, keyring);
            Assert.All(details.Disks, disk => Assert.NotNull(disk.Path));
            CheckMachine(details.Machine);
        });
    }

    [Fact]
    public void Registrations()
    {
        var registration = new WorkloadRegistration
        {
            Workload = Workload,
            Name = "web01",
            Number = 3,
            Created = Created,
            Disks = [new WorkloadDiskSource { Number = 0, Role = DiskRole.Boot, Path = "/x" }, new WorkloadDiskSource { Number = 1, Role = DiskRole.Data, Path = "/y", ParentPath = "/z" }],
            Machine = Details().Machine,
        };
        SignedRecord record = registration.Sign(signer, keyring);
        Fuzz(203, record.Body.ToArray(), RegistrationJson.Default.RegistrationBody, RecordKind.Registration, altered =>
            Assert.NotNull(WorkloadRegistration.Read(altered, Workload, 3, null).Name));
        using SecretBytes sealedPart = record.OpenSealed(keyring);
        FuzzSealed(204, sealedPart.AsSpan().ToArray(), RegistrationJson.Default.RegistrationSealedBody, RecordKind.Registration, record.Body.ToArray(), altered =>
        {
            WorkloadRegistration read = WorkloadRegistration.Read(altered, Workload, 3, keyring);
            Assert.All(read.Disks, disk => Assert.True(disk.Path is not null && disk.ParentPath is not null));
            CheckMachine(read.Machine);
        });
    }

    [Fact]
    public async Task Tombstones_and_voids()
    {
        TombstoneBody body = new() { Workload = Workload, Number = 4, Hash = RecordHash.Of([1]), ParentHash = RecordHash.Of([2]), ParentNumber = 3, Reason = "old", Instance = made.Instance.Id };
        await FuzzStoredAsync(205, RecordJson.Write(body, TombstoneJson.Default.TombstoneBody), TombstoneJson.Default.TombstoneBody, RecordKind.Tombstone, RepositoryNames.Tombstone(Workload, 4), async (repository, name) =>
            Assert.True(RepositoryNames.TryParse(name, out RepositoryName parts) && (await TombstoneReader.ReadAsync(repository, parts, default)).Length <= 1));
        var merged = new MergedTombstonesBody { Workload = Workload, From = 1, To = 9, Tombstones = [body, body with { Number = 5 }], Instance = made.Instance.Id };
        await FuzzStoredAsync(206, RecordJson.Write(merged, TombstoneJson.Default.MergedTombstonesBody), TombstoneJson.Default.MergedTombstonesBody, RecordKind.MergedTombstones, RepositoryNames.MergedTombstones(Workload, 1, 9), async (repository, name) =>
            Assert.True(RepositoryNames.TryParse(name, out RepositoryName parts) && (await TombstoneReader.ReadAsync(repository, parts, default)).All(item => item.Number is >= 1 and <= 9)));
        byte[] empty = RecordJson.Write(new VoidBody { Name = RepositoryNames.Manifest(Workload, 7).Value, Generation = 2 }, TombstoneJson.Default.VoidBody);
        Fuzz(207, empty, TombstoneJson.Default.VoidBody, RecordKind.Void, altered => Assert.NotNull(altered.ReadBody(TombstoneJson.Default.VoidBody).Name));
    }

    [Fact]
    public void Facts_of_another_store()
    {
        Guid other = Guid.Parse("1a0b0c0d-0e0f-4011-8213-141516171819");
        TombstoneBody body = new() { Workload = Workload, Number = 4, Hash = RecordHash.Of([1]), ParentHash = RecordHash.Of([2]), ParentNumber = 3, Reason = "old", Instance = other };
        var single = new RepositoryName { Kind = RepositoryNameKind.TombstoneFact, Workload = Workload, Number = 4, Instance = other };
        Fuzz(221, RecordJson.Write(body, TombstoneJson.Default.TombstoneBody), TombstoneJson.Default.TombstoneBody, RecordKind.Tombstone, altered =>
            Assert.All(TombstoneFacts.Read(altered, single, opened.Trust, other), fact => Assert.Equal((Workload, 4L), (fact.Workload, fact.Number))));
        var merged = new MergedTombstonesBody { Workload = Workload, From = 1, To = 9, Tombstones = [body, body with { Number = 5 }], Instance = other };
        var many = new RepositoryName { Kind = RepositoryNameKind.MergedTombstoneFact, Workload = Workload, Number = 1, Last = 9, Instance = other };
        Fuzz(222, RecordJson.Write(merged, TombstoneJson.Default.MergedTombstonesBody), TombstoneJson.Default.MergedTombstonesBody, RecordKind.MergedTombstones, altered =>
            Assert.All(TombstoneFacts.Read(altered, many, opened.Trust, other), fact => Assert.InRange(fact.Number, 1, 9)));
    }

    [Fact]
    public void Homes()
    {
        var home = new HomeRecord { Workload = Workload, Counter = 2, Instance = made.Instance.Id, Number = 7, ParentHash = RecordHash.Of([7]) };
        Fuzz(223, home.Sign(signer).Body.ToArray(), RegistrationJson.Default.HomeBody, RecordKind.Home, altered =>
        {
            HomeRecord read = HomeRecord.Read(altered, made.Configuration.Id, Workload, 2);
            Assert.True(read.Instance != Guid.Empty && read.Number >= 0);
        });
    }

    [Fact]
    public void Announcements_of_objects()
    {
        RecordId lease = RecordId.Draw(random);
        var announcement = new Announcement
        {
            Lease = lease,
            Objects =
            [
                new AnnouncedObject(RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Boot, ObjectId.Draw(random), lease), 5000, Digest.Of([1])),
                new AnnouncedObject(RepositoryNames.StoredObject(ObjectKind.Map, BlockSet.None, ObjectId.Draw(random)), 200, Digest.Of([2])),
            ],
        };
        Fuzz(224, announcement.Sign(signer).Body.ToArray(), AnnouncementJson.Default.AnnouncementBody, RecordKind.Announcement, altered =>
        {
            Announcement read = Announcement.Read(altered, made.Configuration.Id, lease);
            Assert.InRange(read.TotalBytes, 0, read.Objects.Count * Announcement.MaximumLength);
        });
    }

    [Fact]
    public void Leases()
    {
        RecordId lease = RecordId.Draw(random);
        var state = new LeaseState
        {
            Lease = lease, Beat = 4, Kind = LeaseKind.Capture, Takes = RepositoryNames.Manifest(Workload, 9), Pins = [Workload], Generation = 2, IsEnded = false, Holder = "host 17", Signer = signer.Fingerprint,
        };
        Fuzz(208, state.Sign(signer).Body.ToArray(), LeaseJson.Default.LeaseBody, RecordKind.Lease, altered =>
            Assert.NotNull(LeaseState.Read(altered, made.Configuration.Id, lease, 4).Holder));
    }

    [Fact]
    public async Task Condemned_lists()
    {
        var body = new CondemnedBody
        {
            Generation = 4,
            Collector = RecordId.Draw(random),
            Objects = [RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Boot, ObjectId.Draw(random)).Value, RepositoryNames.StoredObject(ObjectKind.Map, BlockSet.Data, ObjectId.Draw(random)).Value],
            Leases = new Dictionary<string, WaitedBody>(StringComparer.Ordinal) { [RecordId.Draw(random).ToString()] = new() { At = 3, WaitedMs = 500 } },
            Temporaries = new Dictionary<string, WaitedBody>(StringComparer.Ordinal) { ["packs/x"] = new() { At = 3, WaitedMs = 500 } },
            Swept = false,
        };
        await FuzzStoredAsync(209, RecordJson.Write(body, LeaseJson.Default.CondemnedBody), LeaseJson.Default.CondemnedBody, RecordKind.Condemned, RepositoryNames.Condemned(4, 0), async (repository, _) =>
        {
            CondemnedLists lists = await CondemnedLists.ReadAsync(repository, CondemnedLists.None, default);
            Assert.Equal(4, lists.Highest);
            if (await CondemnedLists.TryReadRecordAsync(repository, 4, 0, default) is { } read)
            {
                new WaitedTimes(TimeProvider.System).Carry(read.Body);
            }
        });
    }

    [Fact]
    public async Task Substitutions_of_packs()
    {
        ObjectId pack = ObjectId.Draw(random);
        var written = new WrittenObject(ObjectKind.Pack, BlockSet.Data, pack, 5000, Digest.Read(random.NextBytes(32)));
        SignedRecord record = Substitutions.Sign(signer, written, [ObjectId.Draw(random), ObjectId.Draw(random)], [RecordHash.Of([1]), RecordHash.Of([2])]);
        await FuzzStoredAsync(210, record.Body.ToArray(), MaintenanceJson.Default.SubstitutionBody, RecordKind.Substitution, RepositoryNames.Substitution(pack, record.Id), async (repository, _) =>
            Assert.All(await Substitutions.ReadAsync(repository, [], default), item => Assert.True(item.New.Id == pack && item.New.Length > 0 && item.New.Set is BlockSet.Boot or BlockSet.Data)));
    }

    [Fact]
    public async Task Receipts()
    {
        byte[] body = RecordJson.Write(
            new ReceiptBody
            {
                Workload = Workload, Number = 4, Snapshot = Workload, Hash = RecordHash.Of([1]), Instance = made.Instance.Id, Received = Created, Objects = 3, Bytes = 400,
            },
            ReceiptJson.Default.ReceiptBody);
        var receipts = new RecordSigner(made.Configuration.Id, made.ReceiptKey, RandomSource.System);
        await FuzzStoredAsync(211, body, ReceiptJson.Default.ReceiptBody, RecordKind.Receipt, RepositoryNames.Receipt(Workload, 4), async (repository, _) =>
            Assert.True(await MirrorReceipt.TryReadNewestAsync(repository, Workload, default) is null or { Number: 4 }), receipts);
    }

    private static void CheckMachine(MachineDefinition machine)
    {
        Assert.All(machine.Controllers, controller => Assert.True(controller is { Model: not null, DiskNumbers: not null }));
        Assert.All(machine.NetworkAdapters, adapter => Assert.True(adapter is { Name: not null, MacAddress: not null, Network: not null }));
        Assert.All(machine.EfiVariables, variable => Assert.True(variable is { Name: not null, Value: not null }));
        Assert.True(machine.MemoryBytes > 0 && machine.ProcessorCount > 0 && Enum.IsDefined(machine.Firmware));
    }

    private static SnapshotDetails Details() => new()
    {
        Machine = new MachineDefinition
        {
            Firmware = FirmwareKind.Uefi,
            Controllers = [new MachineController { Model = "nvme", Number = 1, DiskNumbers = [0, 1] }],
            NetworkAdapters = [new MachineNetworkAdapter { Name = "eth0", MacAddress = "00:11:22:33:44:55", Network = "lan" }],
            EfiVariables = [new EfiVariable { Name = "BootOrder", VendorGuid = Workload, Attributes = 7, Value = [1, 2, 3] }],
        },
        Disks = [new SnapshotDiskDetails { Number = 0, Name = "x", Path = "/x", Format = "VHDX", ChangeToken = "{}", PartitionStyle = PartitionStyle.Gpt, Partitions = [new WorkloadPartition { Number = 1, Length = 4096, TypeName = "x" }] }],
    };

    private SnapshotManifest Manifest()
    {
        var root = new Maps.MapNodeReference(ObjectId.Draw(random), 0, 96, 500, Digest.Read(random.NextBytes(32)));
        return new SnapshotManifest
        {
            Workload = Workload,
            Name = "web01",
            Number = 5,
            Snapshot = random.NextGuid(),
            Created = Created,
            ParentNumber = 4,
            ParentSnapshot = random.NextGuid(),
            ParentHash = RecordHash.Of([1]),
            Trust = 1,
            HomeInstance = made.Instance.Id,
            Lease = RecordId.Draw(random),
            Tags = ["nightly", "two"],
            LogicalBytes = 8 << 20,
            ChangedBytes = 1 << 20,
            StoredBytes = 1 << 19,
            Duration = TimeSpan.FromSeconds(2),
            Disks =
            [
                new SnapshotDisk { Number = 0, Set = BlockSet.Boot, Length = 4 << 20, Id = "a", Levels = 2, Root = root },
                new SnapshotDisk { Number = 1, Set = BlockSet.Data, Length = 4 << 20, Id = "b", Levels = 2, Root = null },
            ],
            References = new ReferenceRoot(ObjectId.Draw(random), 5000, Digest.Read(random.NextBytes(32)), 96, 400, Digest.Read(random.NextBytes(32)), 0, 3),
        };
    }

    private void Fuzz<T>(ulong seed, byte[] body, JsonTypeInfo<T> type, RecordKind kind, Action<SignedRecord> read)
        where T : class => ParserFuzz.Run(seed, body, altered =>
        {
            RecordJson.Read(altered, type, "record", null); // What is not readable at all ends in the same place without a signature.
            read(SignedRecord.Parse(signer.Sign(kind, altered).Bytes, "record"));
        });

    private void FuzzSealed<T>(ulong seed, byte[] sealedBody, JsonTypeInfo<T> type, RecordKind kind, byte[] body, Action<SignedRecord> read)
        where T : class => ParserFuzz.Run(seed, sealedBody, altered =>
        {
            RecordJson.Read(altered, type, "sealed part", null);
            read(SignedRecord.Parse(signer.Sign(kind, body, keyring, altered).Bytes, "record"));
        });

    // Through the store, as its readers find it: a record that does not read counts as absent there.
    private async Task FuzzStoredAsync<T>(
        ulong seed, byte[] body, JsonTypeInfo<T> type, RecordKind kind, BlobName name, Func<OpenRepository, BlobName, Task> read, RecordSigner? by = null)
        where T : class
    {
        var store = (MemoryBlobStore)made.Store;
        await store.PutIfAbsentAsync(name, (by ?? signer).Sign(kind, body).Bytes, default);
        await read(opened, name);
        ParserFuzz.Run(seed, body, altered =>
        {
            RecordJson.Read(altered, type, "record", null);
            RunNow(async () =>
            {
                await store.DeleteAsync(name, default);
                await store.PutIfAbsentAsync(name, (by ?? signer).Sign(kind, altered).Bytes, default);
                await read(opened, name);
            });
        });
    }

    // The store is in memory: nothing waits.
    private static void RunNow(Func<Task> action)
    {
        Task task = action();
        Assert.True(task.IsCompleted);
        task.GetAwaiter().GetResult();
    }
}
