using Portability.Disks.Blocks;

namespace Portability.Disks.Tests.Blocks;

public sealed class ReadOnlyBlockDeviceTests : BlockDeviceConformanceTests
{
    protected override bool Writes => false;

    protected override ValueTask<IBlockDevice> MakeAsync(byte[] content) =>
        ValueTask.FromResult<IBlockDevice>(new ReadOnlyBlockDevice(new MemoryBlockDevice(content)));
}
