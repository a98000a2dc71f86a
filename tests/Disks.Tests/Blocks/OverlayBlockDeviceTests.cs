using Portability.Disks.Blocks;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

public sealed class OverlayBlockDeviceTests : BlockDeviceConformanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Leaves_the_device_below_as_it_is()
    {
        byte[] content = SparseContent.Make(3, 500_000);
        var below = new MemoryBlockDevice(content);
        await using var overlay = new OverlayBlockDevice(below, new MemoryBlockDevice(0), long.MaxValue);
        await overlay.WriteAsync(70_000, new byte[100_000], Token);
        await overlay.ZeroAsync(300_000, 200_000, Token);
        await CheckReadsAsync(below, content, 0, content.Length);
        content.AsSpan(70_000, 100_000).Clear();
        content.AsSpan(300_000).Clear();
        await CheckReadsAsync(overlay, content, 0, content.Length);
    }

    [Fact]
    public async Task Says_what_was_written()
    {
        await using var overlay = new OverlayBlockDevice(new ZeroBlockDevice(1L << 50), new MemoryBlockDevice(0), long.MaxValue);
        await overlay.WriteAsync((1L << 50) - 1, new byte[] { 1 }, Token);
        await overlay.ZeroAsync(OverlayBlockDevice.ClusterSize, OverlayBlockDevice.ClusterSize, Token);
        Assert.Equal(
            [
                new BlockExtent(OverlayBlockDevice.ClusterSize, OverlayBlockDevice.ClusterSize, ExtentKind.Zero),
                new BlockExtent((1L << 50) - OverlayBlockDevice.ClusterSize, OverlayBlockDevice.ClusterSize, ExtentKind.Data),
            ],
            overlay.ListWritten());
        Assert.Equal(OverlayBlockDevice.ClusterSize, overlay.StoredBytes);
    }

    [Fact]
    public async Task Refuses_to_grow_beyond_its_bound()
    {
        await using var overlay = new OverlayBlockDevice(new ZeroBlockDevice(1 << 20), new MemoryBlockDevice(0), 2 * OverlayBlockDevice.ClusterSize);
        await overlay.WriteAsync(0, new byte[2 * OverlayBlockDevice.ClusterSize], Token);
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await overlay.WriteAsync(500_000, new byte[] { 1 }, Token));
        Assert.Equal(("OverlayFull", ErrorKind.Limit), (error.ErrorId, error.Kind));
        await overlay.WriteAsync(5, new byte[] { 1 }, Token);
    }

    protected override ValueTask<IBlockDevice> MakeAsync(byte[] content) =>
        ValueTask.FromResult<IBlockDevice>(new OverlayBlockDevice(new ReadOnlyBlockDevice(new MemoryBlockDevice(content)), new MemoryBlockDevice(0), long.MaxValue));
}
