using Portability.Disks.Blocks;
using Portability.Disks.Formats;

namespace Portability.Disks.Tests.Formats;

/// <summary>New images of a format as block devices, then the same read back.</summary>
public abstract class ImageConformanceTests : BlockDeviceConformanceTests
{
    private readonly MemoryDiskFiles files = new();

    protected override int ContentLength => 5_001_216;

    /// <summary>The format.</summary>
    protected abstract string Format { get; }

    /// <summary>What to make, beside the size.</summary>
    protected virtual DiskCreateOptions Options => new() { Length = ContentLength, UniqueId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), LogicalSectorSize = SectorSize };

    protected override async ValueTask<IBlockDevice> MakeAsync(byte[] content)
    {
        IDiskImage image = await DiskFormatRegistry.CreateDefault(files).CreateAsync("/new", Format, Options, CancellationToken.None);
        await image.WriteAsync(0, content, CancellationToken.None);
        return image;
    }

    protected override async ValueTask<IBlockDevice?> ReopenAsync(IBlockDevice device)
    {
        await device.DisposeAsync();
        return await DiskFormatRegistry.CreateDefault(files).OpenAsync("/new", new DiskOpenOptions { Format = Format }, CancellationToken.None);
    }
}
