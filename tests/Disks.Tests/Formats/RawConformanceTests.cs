namespace Portability.Disks.Tests.Formats;

public sealed class RawConformanceTests : ImageConformanceTests
{
    protected override string Format => "Raw";
}
