using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Tests.Snapshots;

/// <summary>A repository in memory with fixed keys: enough to write and read objects, without trust and leases.</summary>
internal sealed class TestRepository : IDisposable
{
    private readonly SigningKey key = SigningKey.Generate();

    public TestRepository(int blockSize = 4096, IBlobStore? store = null, ulong seed = 1, bool padPacks = false)
    {
        Random = new SeededRandomSource(seed);
        Store = store ?? new MemoryBlobStore();
        Lease = RecordId.Draw(Random);
        Id = Random.NextGuid();
        Keyring = Keyring.Create(Id, Random);
        Scope = new ObjectScope { Repository = Id, BlockSize = blockSize, Objects = new StoredObjects(Store), Keyring = Keyring, PadPacks = padPacks };
        Nodes = new MapNodeSource(Scope);
        Signer = new RecordSigner(Id, key, Random);
    }

    private TestRepository(TestRepository original, IBlobStore store)
    {
        Random = original.Random;
        Store = store;
        Lease = original.Lease;
        Id = original.Id;
        Keyring = original.Keyring.Copy();
        Scope = original.Scope with { Objects = new StoredObjects(store), Keyring = Keyring };
        Nodes = new MapNodeSource(Scope);
        Signer = original.Signer;
    }

    public RecordSigner Signer { get; }

    public SeededRandomSource Random { get; }

    public IBlobStore Store { get; }

    public RecordId Lease { get; }

    public Guid Id { get; }

    public Keyring Keyring { get; }

    public ObjectScope Scope { get; }

    public MapNodeSource Nodes { get; private set; }

    public int BlockSize => Scope.BlockSize;

    /// <summary>The same repository over a store that holds all its objects, one of them with other bytes (null: without it).</summary>
    public async Task<TestRepository> WithAsync(BlobName name, byte[]? bytes)
    {
        var store = new MemoryBlobStore();
        await foreach (BlobEntry entry in Store.ListAsync(string.Empty, CancellationToken.None))
        {
            byte[]? content = entry.Name == name ? bytes : await Store.ReadAllAsync(entry.Name, int.MaxValue, CancellationToken.None);
            if (content is not null)
            {
                await store.PutIfAbsentAsync(entry.Name, (byte[])content.Clone(), CancellationToken.None);
            }
        }

        return new TestRepository(this, store);
    }

    /// <summary>Forgets everything that was read.</summary>
    public void Forget() => Nodes = new MapNodeSource(Scope);

    public SnapshotWriter NewWriter(IBlockReuse? reuse = null, SnapshotWriterOptions? options = null, Func<BlockSet, LocationIndex?>? indexes = null) =>
        new(Scope, Lease, Random, Nodes, Signer, reuse, indexes, options);

    public BlockMap Map(SnapshotDisk disk) => new(Nodes, disk.Set, disk.Root, disk.Levels, SnapshotDisk.BlockCount(disk.Length, BlockSize));

    public ReferenceTree? Tree(SnapshotContent? content) =>
        content?.References is null ? null : new ReferenceTree(Scope.Objects, Id, content.References);

    public SnapshotReader Reader(SnapshotContent content, BlockReader? blocks = null) => new(blocks ?? new BlockReader(Scope), Nodes, Manifest(content));

    public SnapshotManifest Manifest(SnapshotContent content) => new()
    {
        Workload = new Guid("6b1f0000-0000-4000-8000-000000000001"),
        Name = "web01",
        Number = 1,
        Snapshot = new Guid("6b1f0000-0000-4000-8000-000000000002"),
        Created = new DateTime(2025, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        Trust = 1,
        HomeInstance = Id,
        Lease = Lease,
        LogicalBytes = content.LogicalBytes,
        ChangedBytes = content.ChangedBytes,
        StoredBytes = content.StoredBytes,
        Disks = content.Disks,
        References = content.References,
    };

    /// <summary>Captures one disk: blocks named in the dictionary are written, an empty array means zeros.</summary>
    public async Task<SnapshotContent> CaptureAsync(
        SortedDictionary<long, byte[]> changes, long length, SnapshotContent? before = null, BlockSet set = BlockSet.Data, SnapshotWriterOptions? options = null, IBlockReuse? reuse = null)
    {
        await using SnapshotWriter writer = NewWriter(reuse, options);
        SnapshotDisk? old = before?.Disks[0];
        DiskCapture disk = await writer.BeginDiskAsync(
            new CaptureDisk { Number = 0, Set = set, Length = length, Before = old is null ? null : Map(old) }, CancellationToken.None);
        foreach ((long block, byte[] content) in changes)
        {
            if (content.Length == 0)
            {
                disk.Clear(block, 1);
                continue;
            }

            BlockBatch batch = await writer.RentAsync(CancellationToken.None);
            content.CopyTo(batch.Memory);
            disk.Write(block, batch, content.Length);
        }

        return await writer.CompleteAsync(Tree(before), CancellationToken.None);
    }

    public void Dispose()
    {
        Nodes.Dispose();
        Keyring.Dispose();
        key.Dispose();
    }
}
