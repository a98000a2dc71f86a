using Portability.Disks.Blocks;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

public sealed class SubrangeBlockDeviceTests : BlockDeviceConformanceTests
{
    private const int Before = 12_345;
    private const int Behind = 6_789;

    protected override async ValueTask<IBlockDevice> MakeAsync(byte[] content)
    {
        var whole = new MemoryBlockDevice(Before + content.Length + Behind);
        await whole.WriteAsync(0, Enumerable.Repeat((byte)0xEE, (int)whole.Length).ToArray(), CancellationToken.None);
        await whole.WriteAsync(Before, content, CancellationToken.None);
        return new SubrangeBlockDevice(whole, Before, content.Length, ownsInner: true);
    }

    [Fact]
    public async Task Never_touches_its_neighbours()
    {
        byte[] content = Enumerable.Repeat((byte)0xEE, 10_000).ToArray();
        var whole = new MemoryBlockDevice(content);
        await using var part = new SubrangeBlockDevice(whole, 1_000, 5_000, ownsInner: true);
        await part.ZeroAsync(0, 5_000, CancellationToken.None);
        content.AsSpan(1_000, 5_000).Clear();
        await CheckReadsAsync(whole, content, 0, content.Length);
    }
}
