using Portability.Disks.Formats;

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
public abstract class Qcow2ConformanceTests : ImageConformanceTests
{
    protected override string Format => "QCOW2";
}
