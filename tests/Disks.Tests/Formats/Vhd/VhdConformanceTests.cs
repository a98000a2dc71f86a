using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhd;

namespace Portability.Disks.Tests.Formats.Vhd;

public sealed class VhdDynamicConformanceTests : VhdConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { SubFormat = "dynamic" };
}

public sealed class VhdDynamicSmallBlockConformanceTests : VhdConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { SubFormat = "dynamic", BlockSize = 512 << 10 };
}

public sealed class VhdFixedConformanceTests : VhdConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { SubFormat = "fixed" };
}

/// <summary>New VHDs as block devices, then the same read back.</summary>
public abstract class VhdConformanceTests : BlockDeviceConformanceTests
{
    private readonly MemoryDiskFiles files = new();

    protected override int ContentLength => 5_000_192;

    protected virtual DiskCreateOptions Options => new() { Length = ContentLength, UniqueId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) };

    protected override async ValueTask<IBlockDevice> MakeAsync(byte[] content)
    {
        IDiskImage image = await new VhdFormat().CreateAsync(files, "/new.vhd", Options, CancellationToken.None);
        await image.WriteAsync(0, content, CancellationToken.None);
        return image;
    }

    protected override async ValueTask<IBlockDevice?> ReopenAsync(IBlockDevice device)
    {
        await device.DisposeAsync();
        return await DiskFormatRegistry.CreateDefault(files).OpenAsync("/new.vhd", null, CancellationToken.None);
    }

}
