using Portability.Disks.Blocks;

namespace Portability.Disks.Tests.Blocks;

public sealed class MemoryBlockDeviceTests : BlockDeviceConformanceTests
{
    protected override ValueTask<IBlockDevice> MakeAsync(byte[] content) => ValueTask.FromResult<IBlockDevice>(new MemoryBlockDevice(content));
}
