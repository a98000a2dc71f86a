using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Qcow2;

namespace Portability.Disks.Tests.Formats.Qcow2;

public sealed class Qcow2SmallClusterConformanceTests : Qcow2ConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { BlockSize = 512 };
}

public sealed class Qcow2LargeClusterConformanceTests : Qcow2ConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { BlockSize = 2 << 20 };
}

public sealed class Qcow2DefaultConformanceTests : Qcow2ConformanceTests;

/// <summary>New QCOW2 images as block devices, then the same read back.</summary>
public abstract class Qcow2ConformanceTests : BlockDeviceConformanceTests
{
    private readonly MemoryDiskFiles files = new();

    protected override int ContentLength => 5_000_192;

    protected virtual DiskCreateOptions Options => new() { Length = ContentLength, UniqueId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) };

    protected override async ValueTask<IBlockDevice> MakeAsync(byte[] content)
    {
        IDiskImage image = await new Qcow2Format().CreateAsync(files, "/new.qcow2", Options, CancellationToken.None);
        await image.WriteAsync(0, content, CancellationToken.None);
        return image;
    }

    protected override async ValueTask<IBlockDevice?> ReopenAsync(IBlockDevice device)
    {
        await device.DisposeAsync();
        return await DiskFormatRegistry.CreateDefault(files).OpenAsync("/new.qcow2", null, CancellationToken.None);
    }
}
