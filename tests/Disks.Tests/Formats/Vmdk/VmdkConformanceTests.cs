using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vmdk;

namespace Portability.Disks.Tests.Formats.Vmdk;

/// <summary>New flat VMDKs as block devices, then the same read back.</summary>
public sealed class VmdkConformanceTests : BlockDeviceConformanceTests
{
    private readonly MemoryDiskFiles files = new();

    protected override async ValueTask<IBlockDevice> MakeAsync(byte[] content)
    {
        var options = new DiskCreateOptions { Length = ContentLength, UniqueId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) };
        IDiskImage image = await new VmdkFormat().CreateAsync(files, "/new.vmdk", options, CancellationToken.None);
        await image.WriteAsync(0, content, CancellationToken.None);
        return image;
    }

    protected override async ValueTask<IBlockDevice?> ReopenAsync(IBlockDevice device)
    {
        await device.DisposeAsync();
        return await DiskFormatRegistry.CreateDefault(files).OpenAsync("/new.vmdk", null, CancellationToken.None);
    }
}
