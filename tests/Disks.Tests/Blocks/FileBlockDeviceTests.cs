using Portability.Disks.Blocks;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

public sealed class FileBlockDeviceTests : BlockDeviceConformanceTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    protected override async ValueTask<IBlockDevice> MakeAsync(byte[] content)
    {
        FileBlockDevice file = FileBlockDevice.Create(folder.File("disk.img"));
        await file.SetLengthAsync(content.Length, CancellationToken.None);
        await file.WriteAsync(0, content, CancellationToken.None);
        return file;
    }

    protected override async ValueTask<IBlockDevice?> ReopenAsync(IBlockDevice device)
    {
        await device.DisposeAsync();
        return FileBlockDevice.Open(folder.File("disk.img"));
    }

    [Fact]
    public async Task Knows_holes()
    {
        string path = folder.File("holes.img");
        await using FileBlockDevice file = FileBlockDevice.Create(path);
        await file.SetLengthAsync(1L << 40, Token);
        await file.WriteAsync(1L << 30, new byte[] { 1 }, Token);
        await file.WriteAsync(1L << 35, Enumerable.Repeat((byte)1, 1 << 20).ToArray(), Token);
        await file.ZeroAsync((1L << 35) + 65536, 65536, Token);
        await file.FlushAsync(Token);
        List<BlockExtent> data = await file.QueryExtentsAsync(0, file.Length, Token).Where(extent => extent.Kind == ExtentKind.Data).ToListAsync(Token);
        Assert.InRange(data.Sum(extent => extent.Length), 1, (1 << 20) + 65536);
        Assert.Contains(data, extent => extent.Offset <= 1L << 30 && extent.End > 1L << 30);
        Assert.DoesNotContain(data, extent => extent.Offset < (1L << 35) + 131072 && extent.End > (1L << 35) + 65536);
    }

    [Fact]
    public void Names_a_file_that_is_not_there()
    {
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Open(folder.File("none.img")));
        Assert.Equal(("FileNotFound", ErrorKind.NotFound), (error.ErrorId, error.Kind));
    }

    [Fact]
    public async Task Never_replaces_a_file()
    {
        await FileBlockDevice.Create(folder.File("there.img")).DisposeAsync();
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Create(folder.File("there.img")));
        Assert.Equal(("FileExists", ErrorKind.Exists), (error.ErrorId, error.Kind));
    }

    [Fact]
    public async Task Says_where_a_file_that_shrank_ends()
    {
        string path = folder.File("shrinks.img");
        File.WriteAllBytes(path, new byte[100_000]);
        await using FileBlockDevice file = FileBlockDevice.Open(path, allowInUse: true);
        ForeignTool.Check("truncate", "-s", "50000", path);
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await file.ReadAsync(40_000, new byte[20_000], Token));
        Assert.Equal("ReadFailed", error.ErrorId);
        Assert.Contains("100000 bytes were there", error.Message, StringComparison.Ordinal);
    }
}
