namespace Portability.Disks.Tests.Formats.Vmdk;

/// <summary>New flat VMDKs as block devices, then the same read back.</summary>
public sealed class VmdkConformanceTests : ImageConformanceTests
{
    protected override string Format => "VMDK";
}
