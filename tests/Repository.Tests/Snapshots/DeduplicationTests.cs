using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.References;
using Portability.Repository.Snapshots;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Snapshots;

public sealed class DeduplicationTests
{
    private static readonly Guid Workload = new("6b1f0000-0000-4000-8000-00000000000b");
    private readonly Dictionary<Guid, ReferenceTree> newest = [];

    [Fact]
    public async Task EqualBlocksOfOneCaptureAreStoredOnce()
    {
        using var repository = new TestRepository();
        byte[] block = repository.Random.NextBytes(4096);
        var changes = new SortedDictionary<long, byte[]>(Enumerable.Range(0, 2000).ToDictionary(index => (long)index, _ => block));
        SnapshotContent content = await repository.CaptureAsync(changes, 4096 * 2000, options: new SnapshotWriterOptions { Workers = 4 });
        Assert.InRange(content.Written.Where(item => item.Kind == ObjectKind.Pack).Sum(item => item.Length), 4096, 4096 + 1000);
        Assert.Equal(2000 * 4096, content.ChangedBytes);
    }

    [Fact]
    public async Task BlocksOfAnotherDiskAreStoredOnceAndNamed()
    {
        using var repository = new TestRepository();
        using var folder = new TemporaryFolder();
        SortedDictionary<long, byte[]> changes = Noise(repository, 300);
        using LocationIndex index = Open(repository, folder);
        SnapshotContent first = await CaptureAsync(repository, index, changes);
        SnapshotContent second = await CaptureAsync(repository, index, changes);
        Assert.Empty(second.Written.Where(item => item.Kind is ObjectKind.Pack or ObjectKind.Run));
        Assert.Equal(Packs(first), second.ReliedOn);
        HashSet<ObjectId> named = await NamedAsync(repository, second);
        Assert.All(Packs(first), pack => Assert.Contains(pack.Id, named));
        await CheckAsync(repository, second, changes);
    }

    [Fact]
    public async Task BootAndDataShareNothing()
    {
        using var repository = new TestRepository();
        SortedDictionary<long, byte[]> changes = Noise(repository, 20);
        await using SnapshotWriter writer = repository.NewWriter();
        foreach (BlockSet set in new[] { BlockSet.Boot, BlockSet.Data })
        {
            DiskCapture disk = await writer.BeginDiskAsync(new CaptureDisk { Number = (int)set, Set = set, Length = 4096 * 20 }, CancellationToken.None);
            await WriteAsync(writer, disk, changes);
        }

        SnapshotContent content = await writer.CompleteAsync(null, CancellationToken.None);
        Assert.Equal([BlockSet.Boot, BlockSet.Data], Packs(content).Select(pack => pack.Set).Order());
        Assert.All(Packs(content), pack => Assert.True(pack.Length > 20 * 4096));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("damaged")]
    [InlineData("condemned")]
    [InlineData("unsigned")]
    [InlineData("otherblock")]
    public async Task ALyingIndexLosesOnlyDeduplication(string lie)
    {
        using var repository = new TestRepository();
        using var folder = new TemporaryFolder();
        SortedDictionary<long, byte[]> changes = Noise(repository, 30);
        SnapshotContent first, second;
        using (LocationIndex index = Open(repository, folder))
        {
            first = await CaptureAsync(repository, index, changes);
            BlobName pack = RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Data, Packs(first)[0].Id);
            switch (lie)
            {
                case "gone":
                    await repository.Store.DeleteAsync(pack, CancellationToken.None);
                    break;
                case "damaged":
                    byte[] bytes = await repository.Store.ReadAllAsync(pack, 1 << 20, CancellationToken.None);
                    bytes[^100] ^= 1;
                    await repository.Store.DeleteAsync(pack, CancellationToken.None);
                    await repository.Store.PutIfAbsentAsync(pack, bytes, CancellationToken.None);
                    break;
                case "unsigned":
                    newest.Clear();
                    break;
                case "otherblock":
                    index.Clear();
                    byte[] wanted = new byte[32];
                    repository.Scope.Hasher(BlockSet.Data).Compute(changes[0], wanted);
                    SnapshotContent other = await CaptureAsync(repository, index, Noise(repository, 5));
                    index.Clear();
                    index.Add(1, [(IndexKey.Of(BlockId.Read(wanted)), 0)], [new PackHint(Packs(other)[0].Id, Workload, other.Entries[Packs(other)[0].Id])]);
                    break;
            }

            second = await CaptureAsync(repository, index, changes, canRely: lie != "condemned");
        }

        Assert.Empty(second.ReliedOn);
        Assert.Equal(30, (await new BlockReader(repository.Scope).PackAsync(BlockSet.Data, Packs(second)[0].Id, CancellationToken.None)).Directory.Blocks.Length);
        await CheckAsync(repository, second, changes);
    }

    [Fact]
    public async Task ABrokenCacheFolderIsToldOfAndLosesOnlyDeduplication()
    {
        using var repository = new TestRepository();
        using var folder = new TemporaryFolder();
        string file = folder.File("taken");
        await File.WriteAllTextAsync(file, "no folder");
        using LocationIndex index = LocationIndex.Open(file, repository.Id, BlockSet.Data, repository.Random, SilentObserver.Instance);
        SortedDictionary<long, byte[]> changes = Noise(repository, 30);
        await CaptureAsync(repository, index, changes);
        await CheckAsync(repository, await CaptureAsync(repository, index, changes), changes);
    }

    private static WrittenObject[] Packs(SnapshotContent content) => [.. content.Written.Where(item => item.Kind == ObjectKind.Pack)];

    private static SortedDictionary<long, byte[]> Noise(TestRepository repository, int count) =>
        new(Enumerable.Range(0, count).ToDictionary(index => (long)index, _ => repository.Random.NextBytes(repository.BlockSize)));

    private static LocationIndex Open(TestRepository repository, TemporaryFolder folder) =>
        LocationIndex.Open(folder.Path, repository.Id, BlockSet.Data, repository.Random, SilentObserver.Instance);

    private static async Task WriteAsync(SnapshotWriter writer, DiskCapture disk, SortedDictionary<long, byte[]> changes)
    {
        foreach ((long block, byte[] content) in changes)
        {
            BlockBatch batch = await writer.RentAsync(CancellationToken.None);
            content.CopyTo(batch.Memory);
            disk.Write(block, batch, content.Length);
        }
    }

    private static async Task CheckAsync(TestRepository repository, SnapshotContent content, SortedDictionary<long, byte[]> changes)
    {
        SnapshotReader reader = repository.Reader(content);
        byte[] block = new byte[repository.BlockSize];
        foreach ((long index, byte[] expected) in changes)
        {
            await reader.ReadAsync(0, index * repository.BlockSize, block, CancellationToken.None);
            Assert.Equal(expected, block);
        }
    }

    private static async Task<HashSet<ObjectId>> NamedAsync(TestRepository repository, SnapshotContent content)
    {
        var named = new HashSet<ObjectId>();
        await foreach (WrittenObject entry in repository.Tree(content)!.EntriesAsync(0, CancellationToken.None))
        {
            named.Add(entry.Id);
        }

        return named;
    }

    private async Task<SnapshotContent> CaptureAsync(TestRepository repository, LocationIndex index, SortedDictionary<long, byte[]> changes, bool canRely = true)
    {
        using var blocks = new BlockReader(repository.Scope);
        var trust = new SignedPackTrust((workload, _) => Task.FromResult(newest.GetValueOrDefault(workload)), null, (_, _) => Task.FromResult(canRely));
        var reuse = new BlockReuse(blocks, _ => index, trust);
        await using SnapshotWriter writer = repository.NewWriter(reuse, null, _ => index);
        DiskCapture disk = await writer.BeginDiskAsync(new CaptureDisk { Number = 0, Set = BlockSet.Data, Length = repository.BlockSize * (long)changes.Count }, CancellationToken.None);
        await WriteAsync(writer, disk, changes);
        SnapshotContent content = await writer.CompleteAsync(newest.GetValueOrDefault(Workload), CancellationToken.None);
        newest[Workload] = repository.Tree(content)!;
        writer.Remember(Workload, content);
        return content;
    }
}
