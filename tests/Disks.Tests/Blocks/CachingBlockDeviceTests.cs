using Portability.Disks.Blocks;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

public sealed class CachingBlockDeviceTests : BlockDeviceConformanceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_a_page_once_and_keeps_its_bound()
    {
        var counted = new FaultInjectingBlockDevice(new MemoryBlockDevice(SparseContent.Make(5, 1 << 20)), _ => BlockFault.None);
        await using var cache = new CachingBlockDevice(counted, 3 * CachingBlockDevice.PageSize);
        for (int i = 0; i < 100; i++)
        {
            await cache.ReadAsync(i * 500, new byte[400], Token);
        }

        Assert.Equal(1, counted.OperationCount);
        for (int i = 0; i < 16; i++)
        {
            await cache.ReadAsync(i * CachingBlockDevice.PageSize, new byte[1], Token);
        }

        Assert.Equal(3 * CachingBlockDevice.PageSize, cache.CachedBytes);
    }

    [Fact]
    public async Task Never_serves_what_was_there_before_a_write()
    {
        await using var cache = new CachingBlockDevice(new MemoryBlockDevice(CachingBlockDevice.PageSize), 10 * CachingBlockDevice.PageSize);
        using var stop = new CancellationTokenSource();
        Task readers = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await cache.ReadAsync(0, new byte[8], Token);
            }
        })));
        byte[] seen = new byte[1];
        for (int i = 0; i < 20_000; i++)
        {
            await cache.WriteAsync(0, new[] { (byte)i }, Token);
            await cache.ReadAsync(0, seen, Token);
            Assert.Equal((byte)i, seen[0]);
        }

        await stop.CancelAsync();
        await readers;
    }

    protected override ValueTask<IBlockDevice> MakeAsync(byte[] content) =>
        ValueTask.FromResult<IBlockDevice>(new CachingBlockDevice(new MemoryBlockDevice(content), 4 * CachingBlockDevice.PageSize));
}
