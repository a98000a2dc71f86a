using Portability.Disks.Formats;

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

public abstract class VhdConformanceTests : ImageConformanceTests
{
    protected override string Format => "VHD";

    protected override int ContentLength => 5_000_192;
}
