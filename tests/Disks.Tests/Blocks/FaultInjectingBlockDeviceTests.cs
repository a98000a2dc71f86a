using Portability.Disks.Blocks;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

public sealed class FaultInjectingBlockDeviceTests : BlockDeviceConformanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Does_what_the_plan_says()
    {
        var inner = new MemoryBlockDevice(1000);
        await using var device = new FaultInjectingBlockDevice(inner, operation => operation.Index switch
        {
            0 => BlockFault.Fail,
            1 => BlockFault.Tear,
            2 => BlockFault.Corrupt,
            4 => BlockFault.Cut,
            _ => BlockFault.None,
        });
        byte[] ones = Enumerable.Repeat((byte)1, 100).ToArray();
        byte[] read = new byte[100];
        StorageException failed = await Assert.ThrowsAsync<StorageException>(async () => await device.WriteAsync(0, ones, Token));
        Assert.Equal("WriteFailed", failed.ErrorId);
        await Assert.ThrowsAsync<StorageException>(async () => await device.WriteAsync(0, ones, Token));
        await inner.ReadAsync(0, read, Token);
        Assert.Equal([.. ones[..50], .. new byte[50]], read);
        await device.ReadAsync(0, read, Token);
        Assert.Equal([0, .. ones[..49], .. new byte[50]], read);
        await device.ReadAsync(0, read, Token);
        Assert.Equal([.. ones[..50], .. new byte[50]], read);
        await Assert.ThrowsAsync<StorageException>(async () => await device.FlushAsync(Token));
        await Assert.ThrowsAsync<StorageException>(async () => await device.ReadAsync(0, read, Token));
        Assert.Equal(6, device.OperationCount);
    }

    protected override ValueTask<IBlockDevice> MakeAsync(byte[] content) =>
        ValueTask.FromResult<IBlockDevice>(new FaultInjectingBlockDevice(new MemoryBlockDevice(content), _ => BlockFault.None));
}
