using Portability.Engine.Disks;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Disks;

public sealed class DiskInspectionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Tells_the_partitions_of_a_disk()
    {
        string path = folder.File("disk.img");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(64 << 20);
        }

        Assert.SkipWhen(ForeignTool.Find("sfdisk") is null, "The tool 'sfdisk' is not installed.");
        ForeignTool.Check("sh", "-c", $"printf 'label: gpt\nlabel-id: 0FC63DAF-8483-4772-8E79-3D69D8477DE4\n,32M,U\n,,L\n' | {ForeignTool.Find("sfdisk")} -q '{path}'");
        WorkloadDisk disk = await InspectAsync(path);
        Assert.Equal(PartitionStyle.Gpt, disk.PartitionStyle);
        Assert.Equal("0fc63daf-8483-4772-8e79-3d69d8477de4", disk.DiskId);
        Assert.Equal("Raw", disk.Format);
        Assert.Equal(DiskRole.Boot, disk.Role);
        Assert.Equal(["EFI system", "Linux file system"], disk.Partitions.Select(partition => partition.TypeName), StringComparer.OrdinalIgnoreCase);
        Assert.Equal(64 << 20, disk.Length);
        Assert.Equal(disk.Length, disk.AllocatedBytes + disk.HoleBytes);
        Assert.True(disk.HoleBytes > 60 << 20);
    }

    [Fact]
    public async Task Names_the_format_of_a_foreign_image()
    {
        string path = folder.File("disk.vhd");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "vpc", path, "64M");
        WorkloadDisk disk = await InspectAsync(path);
        Assert.Equal("VHD", disk.Format, ignoreCase: true);
        Assert.Equal("Dynamic", disk.SubFormat);
        Assert.Equal(0, disk.AllocatedBytes);
        Assert.NotEmpty(disk.ImageId);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        PortabilityException error = await Assert.ThrowsAnyAsync<PortabilityException>(() => InspectAsync(folder.File("none.vhdx")));
        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    private static Task<WorkloadDisk> InspectAsync(string path) =>
        DiskInspection.DescribeAsync(path, DiskInspectionOptions.Default, SilentObserver.Instance, CancellationToken.None);
}
