using Portability.Repository.Backends;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class DirectoryBlobStoreTests : BlobStoreConformanceTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public DirectoryBlobStoreTests() => Store = DirectoryBlobStore.Open(folder.File("store"), new DirectoryBlobStoreOptions { Create = true });

    protected override IBlobStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Root => folder.File("store");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_store_that_is_not_there_is_not_an_empty_one()
    {
        Directory.Delete(Root, recursive: true);
        Assert.Equal("StoreNotFound", (await Assert.ThrowsAsync<StorageException>(() => List(""))).ErrorId);
        Assert.Equal("StoreNotFound", (await Assert.ThrowsAsync<StorageException>(Temporaries)).ErrorId);
        Assert.Equal("StoreNotFound", (await Assert.ThrowsAsync<StorageException>(async () => await Store.GetAsync(BlobName.Parse("a"), 0, new byte[1], Token))).ErrorId);
        Assert.Equal("StoreNotFound", (await Assert.ThrowsAsync<StorageException>(async () => await Store.GetLengthAsync(BlobName.Parse("a"), Token))).ErrorId);
        Assert.Equal("StoreNotFound", (await Assert.ThrowsAsync<StorageException>(() => Store.PutIfAbsentAsync(BlobName.Parse("a/b"), new byte[1], Token))).ErrorId);
        Assert.Equal("StoreNotFound", (await Assert.ThrowsAsync<StorageException>(() => Store.DeleteAsync(BlobName.Parse("a/b"), Token))).ErrorId);
        Assert.Equal("StoreNotFound", Assert.Throws<StorageException>(() => DirectoryBlobStore.Open(Root, new DirectoryBlobStoreOptions())).ErrorId);
        Assert.False(Directory.Exists(Root));
    }

    [Fact]
    public async Task Foreign_files_links_and_pipes_are_not_objects()
    {
        await Store.PutIfAbsentAsync(BlobName.Parse("packs/a"), new byte[1], Token);
        File.WriteAllText(Path.Join(Root, "packs", "UPPER"), "x");
        File.WriteAllText(Path.Join(Root, "packs", ".hidden"), "x");
        File.WriteAllText(Path.Join(Root, "packs", "white space"), "x");
        File.WriteAllText(Path.Join(Root, "packs", "umläut"), "x");
        Directory.CreateDirectory(Path.Join(Root, "lost+found"));
        if (OperatingSystem.IsLinux())
        {
            File.CreateSymbolicLink(Path.Join(Root, "packs", "link"), "/etc/hostname");
            Directory.CreateSymbolicLink(Path.Join(Root, "loop"), Root);
            ForeignTool.Check("mkfifo", Path.Join(Root, "packs", "pipe"));
            await Assert.ThrowsAsync<StorageException>(async () => await Store.GetAsync(BlobName.Parse("packs/pipe"), 0, new byte[1], Token));
            await Assert.ThrowsAsync<StorageException>(async () => await Store.GetAsync(BlobName.Parse("packs/link"), 0, new byte[1], Token));
        }

        Assert.Equal(["packs/a"], await List(""));
    }

    [Fact]
    public async Task Empty_folders_go_and_come_with_their_objects()
    {
        var name = BlobName.Parse("leases/0123/0000000001");
        await Store.PutIfAbsentAsync(name, new byte[1], Token);
        await Store.DeleteAsync(name, Token);
        Assert.False(Directory.Exists(Path.Join(Root, "leases", "0123")));
        Assert.Equal(PutResult.Created, await Store.PutIfAbsentAsync(name, new byte[1], Token));
    }

    [Fact]
    public async Task Leftovers_of_killed_writers_are_listed_and_swept()
    {
        await Store.PutIfAbsentAsync(BlobName.Parse("a"), new byte[1], Token);
        string left = Path.Join(Root, ".temporary", "00112233445566778899aabbccddeeff.put");
        File.WriteAllBytes(left, new byte[7]);
        File.WriteAllText(Path.Join(Root, ".temporary", "foreign.txt"), "x");
        TemporaryBlob found = Assert.Single(await Temporaries());
        Assert.Equal(7, found.Length);
        Assert.Null(found.UploadId);
        await Store.DeleteTemporaryAsync(found.Name, Token);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task Stores_reached_by_a_link_work()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Links to folders need rights on Windows.");
        Directory.CreateSymbolicLink(folder.File("link"), Root);
        var linked = DirectoryBlobStore.Open(folder.File("link") + "/", new DirectoryBlobStoreOptions());
        await linked.PutIfAbsentAsync(BlobName.Parse("a"), new byte[1], Token);
        Assert.Equal(["a"], await List(""));
    }
}
