using Portability.Repository.Backends;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class CachingBlobStoreTests : IDisposable
{
    private static readonly BlobName Name = BlobName.Parse("maps/aa/1");
    private static readonly byte[] Content = [.. Enumerable.Range(0, 5000).Select(value => (byte)(value * 7))];
    private readonly FaultInjectingBlobStore counted;
    private readonly TemporaryFolder folder = new();
    private readonly MemoryBlobStore memory = new();

    public CachingBlobStoreTests() => counted = new FaultInjectingBlobStore(memory, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Entry => Path.Join(folder.Path, "cache", "maps", "aa", "1");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_second_read_does_not_ask_the_store_even_in_another_process()
    {
        await memory.PutIfAbsentAsync(Name, Content, Token);
        Assert.Equal(Content, await Open().ReadAllAsync(Name, 10_000, Token));
        counted.Add(StoreFault.Unreachable(StoreOperation.Get) with { Count = 100 });
        CachingBlobStore again = Open();
        byte[] part = new byte[100];
        Assert.Equal(100, await again.GetAsync(Name, 1000, part, Token));
        Assert.Equal(Content[1000..1100], part);
        Assert.Equal(50, await again.GetAsync(Name, 4950, part, Token));
        Assert.Equal(2, again.Hits);
    }

    [Fact]
    public async Task Every_damage_of_an_entry_is_noticed_and_mended()
    {
        await memory.PutIfAbsentAsync(Name, Content, Token);
        CachingBlobStore cache = Open();
        await cache.ReadAllAsync(Name, 10_000, Token);
        byte[] entry = await File.ReadAllBytesAsync(Entry, Token);
        for (int at = 0; at < entry.Length; at += 97)
        {
            byte[] damaged = [.. entry];
            damaged[at] ^= 0x20;
            await File.WriteAllBytesAsync(Entry, damaged, Token);
            Assert.Equal(Content, await cache.ReadAllAsync(Name, 10_000, Token));
            Assert.Equal(entry, await File.ReadAllBytesAsync(Entry, Token));
        }

        foreach (byte[] damaged in new[] { [], entry[..20], entry[..^1], [.. entry, 0] })
        {
            await File.WriteAllBytesAsync(Entry, damaged, Token);
            Assert.Equal(Content, await cache.ReadAllAsync(Name, 10_000, Token));
        }

        Assert.Equal(0, cache.Hits);
    }

    [Fact]
    public async Task An_entry_that_lies_is_dropped_by_the_reader_who_noticed()
    {
        await memory.PutIfAbsentAsync(Name, Content, Token);
        var other = new MemoryBlobStore();
        await other.PutIfAbsentAsync(Name, new byte[5000], Token);
        await new CachingBlobStore(other, Path.Join(folder.Path, "cache"), Options()).ReadAllAsync(Name, 10_000, Token);
        CachingBlobStore cache = Open();
        Assert.NotEqual(Content, await cache.ReadAllAsync(Name, 10_000, Token));
        await cache.ForgetAsync(Name, Token);
        Assert.Equal(Content, await cache.ReadAllAsync(Name, 10_000, Token));
    }

    [Fact]
    public async Task Presence_is_asked_of_the_store_and_other_names_are_not_kept()
    {
        CachingBlobStore cache = Open();
        var lease = BlobName.Parse("leases/1/0000000001");
        var large = BlobName.Parse("maps/aa/2");
        await cache.PutIfAbsentAsync(Name, Content, Token);
        await cache.PutIfAbsentAsync(lease, Content, Token);
        await cache.PutIfAbsentAsync(large, new byte[20_000], Token);
        foreach (BlobName name in new[] { Name, lease, large })
        {
            await cache.ReadAllAsync(name, 20_000, Token);
            await cache.ReadAllAsync(name, 20_000, Token);
            await memory.DeleteAsync(name, Token);
            Assert.Null(await cache.GetLengthAsync(name, Token));
        }

        Assert.Equal(1, cache.Hits);
        Assert.Equal([Entry], Directory.GetFiles(Path.Join(folder.Path, "cache"), "*", SearchOption.AllDirectories));
        await cache.DeleteAsync(Name, Token);
        await Assert.ThrowsAsync<StorageException>(async () => await cache.GetAsync(Name, 0, new byte[1], Token));
    }

    [Fact]
    public async Task A_cache_that_cannot_be_written_costs_nothing_but_time()
    {
        await File.WriteAllTextAsync(Path.Join(folder.Path, "cache"), "a file where the folder should be", Token);
        await memory.PutIfAbsentAsync(Name, Content, Token);
        CachingBlobStore cache = Open();
        Assert.Equal(Content, await cache.ReadAllAsync(Name, 10_000, Token));
        Assert.Equal(Content, await cache.ReadAllAsync(Name, 10_000, Token));
        Assert.Equal(0, cache.Hits);
    }

    [Fact]
    public async Task A_full_cache_makes_room()
    {
        CachingBlobStore cache = new(counted, Path.Join(folder.Path, "cache"), Options() with { MaximumLength = 50_000 });
        for (int number = 0; number < 100; number++)
        {
            var name = BlobName.Parse($"maps/aa/{number}");
            await memory.PutIfAbsentAsync(name, Content, Token);
            Assert.Equal(Content, await cache.ReadAllAsync(name, 10_000, Token));
            Assert.InRange(new DirectoryInfo(Path.Join(folder.Path, "cache")).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length), 5000, 60_000);
        }
    }

    private static BlobCacheOptions Options() => new() { Keeps = name => name.Value.StartsWith("maps/", StringComparison.Ordinal), MaximumObjectLength = 10_000 };

    private CachingBlobStore Open() => new(counted, Path.Join(folder.Path, "cache"), Options());
}
