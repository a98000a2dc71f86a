using Portability.Disks.Blocks;
using Portability.Tests;

namespace Portability.Disks.Tests.Blocks;

public sealed class FileBlockDeviceTests : BlockDeviceConformanceTests, IDisposable
{
    private readonly TemporaryFolder folder = new();

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
}
