using Portability.Disks.Formats;

namespace Portability.Disks.Tests.Formats.Vhdx;

public sealed class VhdxDynamicConformanceTests : VhdxConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { SubFormat = "dynamic", BlockSize = 1 << 20 };
}

public sealed class VhdxDynamicLargeBlockConformanceTests : VhdxConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { BlockSize = 256 << 20 };
}

public sealed class VhdxDynamic4KConformanceTests : VhdxConformanceTests
{
    protected override int SectorSize => 4096;

    protected override DiskCreateOptions Options => base.Options with { SubFormat = "dynamic", BlockSize = 1 << 20 };
}

public sealed class VhdxFixedConformanceTests : VhdxConformanceTests
{
    protected override DiskCreateOptions Options => base.Options with { SubFormat = "fixed", BlockSize = 2 << 20 };
}

public abstract class VhdxConformanceTests : ImageConformanceTests
{
    protected override string Format => "VHDX";
}
