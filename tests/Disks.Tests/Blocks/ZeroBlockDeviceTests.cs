using Portability.Disks.Blocks;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

public sealed class ZeroBlockDeviceTests
{
    [Fact]
    public async Task Reads_zeros_at_any_size()
    {
        await using var device = new ZeroBlockDevice(1L << 60);
        byte[] buffer = [1, 2, 3];
        await device.ReadAsync((1L << 60) - 3, buffer, CancellationToken.None);
        Assert.Equal(new byte[3], buffer);
        BlockExtent extent = Assert.Single(await device.QueryExtentsAsync(5, 1L << 50, CancellationToken.None).ToListAsync());
        Assert.Equal(new BlockExtent(5, 1L << 50, ExtentKind.Hole), extent);
    }
}
