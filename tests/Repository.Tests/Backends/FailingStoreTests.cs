using Portability.Core.Crypto;
using Portability.Core.Native;
using Portability.Repository.Backends;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Backends;

/// <summary>What a directory store says when the machine beneath it fails: real file systems where root may mount them, else simulated calls.</summary>
public sealed class FailingStoreTests : IDisposable
{
    private static readonly BlobName Name = BlobName.Parse("packs/boot/ab/1");
    private readonly TemporaryFolder folder = new();
    private readonly List<string> mounts = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        mounts.ForEach(mount => ForeignTool.Check("umount", mount));
        folder.Dispose();
    }

    [Fact]
    public async Task A_full_disk_is_said_and_what_was_there_stays_whole()
    {
        string path = Mount("full", "-t", "tmpfs", "-o", "size=1m", "tmpfs");
        DirectoryBlobStore store = DirectoryBlobStore.Open(path, new DirectoryBlobStoreOptions());
        byte[] small = RandomSource.System.NextBytes(100_000);
        await store.PutIfAbsentAsync(Name, small, Token);
        var large = BlobName.Parse("packs/boot/ab/2");
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => store.PutIfAbsentAsync(large, new byte[2 << 20], Token));
        AssertError(error, "StoreFull", ErrorKind.WriteFailed, path);
        await using (IBlobUpload upload = await store.OpenUploadAsync(large, "1", 2 << 20, Token))
        {
            error = await Assert.ThrowsAsync<StorageException>(() => upload.AppendAsync(new byte[2 << 20], Token));
            AssertError(error, "StoreFull", ErrorKind.WriteFailed, path);
            await upload.AbandonAsync(Token);
        }

        Assert.Null(await store.GetLengthAsync(large, Token));
        Assert.Equal(small, await store.ReadAllAsync(Name, 200_000, Token));
        Assert.Empty(Directory.GetFiles(Path.Join(path, ".temporary")));
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(large, new byte[500_000], Token));
    }

    [Fact]
    public async Task A_disk_without_inodes_is_full_too()
    {
        string path = Mount("inodes", "-t", "tmpfs", "-o", "nr_inodes=20", "tmpfs");
        DirectoryBlobStore store = DirectoryBlobStore.Open(path, new DirectoryBlobStoreOptions());
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () =>
        {
            for (int number = 0; number < 30; number++)
            {
                await store.PutIfAbsentAsync(BlobName.Parse($"a/{number}"), new byte[1], Token);
            }
        });
        AssertError(error, "StoreFull", ErrorKind.WriteFailed, path);
    }

    [Fact]
    public async Task A_store_on_a_read_only_mount_is_read_and_not_written()
    {
        string writable = folder.File("store");
        DirectoryBlobStore before = DirectoryBlobStore.Open(writable, new DirectoryBlobStoreOptions { Create = true });
        await before.PutIfAbsentAsync(Name, new byte[7], Token);
        string path = Mount("readonly", "--bind", writable);
        ForeignTool.Check("mount", "-o", "remount,bind,ro", path);
        DirectoryBlobStore store = DirectoryBlobStore.Open(path, new DirectoryBlobStoreOptions());
        Assert.Equal(new byte[7], await store.ReadAllAsync(Name, 10, Token));
        AssertError(await Assert.ThrowsAsync<StorageException>(() => store.PutIfAbsentAsync(BlobName.Parse("a"), new byte[1], Token)), "StoreReadOnly", ErrorKind.Denied, path);
        AssertError(await Assert.ThrowsAsync<StorageException>(() => store.DeleteAsync(Name, Token)), "StoreReadOnly", ErrorKind.Denied, path);
        AssertError(await Assert.ThrowsAsync<StorageException>(() => store.OpenUploadAsync(Name, "1", 1, Token)), "StoreReadOnly", ErrorKind.Denied, path);
        Assert.Equal(7, await store.GetLengthAsync(Name, Token));
    }

    [Fact]
    public async Task A_mount_inside_the_store_is_found_out()
    {
        string path = folder.File("store");
        Directory.CreateDirectory(Path.Join(path, "packs"));
        Mount(Path.Join("store", "packs"), "-t", "tmpfs", "tmpfs");
        DirectoryBlobStore store = DirectoryBlobStore.Open(path, new DirectoryBlobStoreOptions());
        AssertError(await Assert.ThrowsAsync<StorageException>(() => store.PutIfAbsentAsync(Name, new byte[1], Token)), "StoreNotConsistent", ErrorKind.Unsupported, path);
    }

    [Fact]
    public async Task A_file_system_without_links_serves_when_it_is_local()
    {
        Assert.SkipWhen(ForeignTool.Find("mkfs.vfat") is null, "mkfs.vfat is not installed.");
        string image = folder.File("fat.img");
        using (FileStream file = File.Create(image))
        {
            file.SetLength(16 << 20);
        }

        ForeignTool.Check("mkfs.vfat", image);
        string path = Mount("fat", "-o", "loop", image);
        DirectoryBlobStore store = DirectoryBlobStore.Open(path, new DirectoryBlobStoreOptions());
        Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(Name, new byte[9], Token));
        Assert.Equal(PutResult.Exists, await store.PutIfAbsentAsync(Name, new byte[1], Token));
        Assert.Equal(new byte[9], await store.ReadAllAsync(Name, 10, Token));
        Assert.Empty(Directory.GetFiles(Path.Join(path, ".temporary")));
    }

    [Theory]
    [InlineData(FileCallError.Full, "StoreFull", ErrorKind.WriteFailed, false)]
    [InlineData(FileCallError.Denied, "StoreAccessDenied", ErrorKind.Denied, false)]
    [InlineData(FileCallError.ReadOnly, "StoreReadOnly", ErrorKind.Denied, false)]
    [InlineData(FileCallError.InputOutput, "StoreWriteFailed", ErrorKind.WriteFailed, false)]
    [InlineData(FileCallError.WrongType, "StoreWriteFailed", ErrorKind.WriteFailed, false)]
    [InlineData(FileCallError.Unreachable, "StoreUnreachable", ErrorKind.Unreachable, true)]
    [InlineData(FileCallError.TooManyOpenFiles, "StoreBusy", ErrorKind.WriteFailed, true)]
    public async Task Each_failure_of_a_put_has_its_name_and_advice(FileCallError failure, string id, ErrorKind kind, bool transient)
    {
        var calls = new FailingCalls(new VolatileFileSystem());
        IBlobStore store = VolatileFileSystem.OpenStore(new SeededRandomSource(1), calls);
        await store.PutIfAbsentAsync(BlobName.Parse("before"), new byte[1], Token);
        long whole = calls.Made;
        await store.PutIfAbsentAsync(BlobName.Parse("packs/boot/ab/0"), new byte[1], Token);
        whole = calls.Made - whole;
        int failures = 0;
        for (int at = 0; at < whole; at++)
        {
            var name = BlobName.Parse($"packs/boot/ab/{at + 1}");
            calls.FailAt(calls.Made + at, failure);
            try
            {
                await store.PutIfAbsentAsync(name, new byte[1], Token);
            }
            catch (StorageException error)
            {
                Assert.Equal(id, error.ErrorId);
                Assert.Equal(kind, error.Kind);
                Assert.Equal(transient, error.IsTransient);
                Assert.StartsWith($"Failed to write '{name}' in 'volatile': ", error.Message, StringComparison.Ordinal);
                Assert.EndsWith(".", error.RecommendedAction, StringComparison.Ordinal);
                failures++;
            }

            // Whatever failed, another process goes on: a folder's flush that failed stays failed for the one that saw it.
            calls.FailAt(-1, failure);
            IBlobStore next = VolatileFileSystem.OpenStore(new SeededRandomSource((ulong)at + 2), calls);
            await next.PutIfAbsentAsync(name, new byte[1], Token);
            Assert.Equal(1, await next.GetLengthAsync(name, Token));
            store = next;
        }

        Assert.InRange(failures, 5, whole);
    }

    private static void AssertError(StorageException error, string id, ErrorKind kind, string path)
    {
        Assert.Equal(id, error.ErrorId);
        Assert.Equal(kind, error.Kind);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.RecommendedAction, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    private string Mount(string name, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux may mount.");
        string path = folder.File(name);
        Directory.CreateDirectory(path);
        ToolResult result = ForeignTool.Run("mount", [.. arguments, path]);
        Assert.SkipWhen(result.ExitCode != 0, $"Mounting is not permitted here: {result.Error}");
        mounts.Insert(0, path);
        return path;
    }
}
