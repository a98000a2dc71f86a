using Portability.Disks.Blocks;
using Portability.FileSystems.ExFat;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.ExFat;

/// <summary>Volumes that `mkfs.exfat` made and another driver filled, in user space or in the kernel.</summary>
public sealed class ExFatToolsTests
{
    private const int MiB = 1 << 20;

    private static bool HasKernelDriver => OperatingSystem.IsLinux() && File.ReadLines("/proc/filesystems").Any(line => line.EndsWith("\texfat", StringComparison.Ordinal));

    [Theory]
    [InlineData(16, "4K")]
    [InlineData(64, "512")]
    [InlineData(80, "128K")]
    [InlineData(100, "1M")]
    public async Task Volumes_hold_what_another_driver_wrote(int size, string cluster)
    {
        using var folder = new TemporaryFolder();
        string image = Make(folder, size, "-c", cluster, "-L", "Daten \u00E4");
        string source = Directory.CreateDirectory(folder.File("source")).FullName;
        RandomTree.Make(source, new Random(size), 60, 60_000);
        using (LoopDevice device = Attach(image))
        using (MountedFolder mounted = Mount(folder, device))
        {
            ForeignTool.Check("cp", "-r", "--preserve=timestamps", source + "/.", mounted.Path);
            WriteInTurns(mounted.Path, source, 4);
        }

        ForeignTool.Check("fsck.exfat", "-n", image);
        await using IFileSystem opened = await OpenAsync(image);
        Assert.Equal(("exFAT", "Daten \u00E4", VolumeState.Clean), (opened.Information.Type, opened.Information.Label, opened.Information.State));
        Assert.Empty(opened.Information.Findings);
        Assert.True(await RandomTree.CompareAsync(source, opened) > 0);
    }

    [Theory]
    [InlineData("512", "512", 512)]
    [InlineData("512", "32M", 32 * MiB)]
    [InlineData("4096", "4K", 4096)]
    [InlineData("4096", "32M", 32 * MiB)]
    public async Task An_empty_volume_is_read_whatever_its_units(string sectorSize, string cluster, int unitSize)
    {
        using var folder = new TemporaryFolder();
        string image = folder.File("volume.img");
        using (FileStream file = File.Create(image))
        {
            file.SetLength(400 * MiB);
        }

        using (var device = new LoopDevice(image, "--sector-size", sectorSize))
        {
            ForeignTool.Check("mkfs.exfat", "-c", cluster, device.Path);
        }

        await using IFileSystem opened = await OpenAsync(image);
        Assert.Empty(await opened.ListAllAsync());
        Assert.Equal((string.Empty, VolumeState.Clean, unitSize), (opened.Information.Label, opened.Information.State, opened.Information.UnitSize));
        Assert.Empty(opened.Information.Findings);
    }

    private static string Make(TemporaryFolder folder, int size, params string[] arguments)
    {
        string image = folder.File("volume.img");
        using (FileStream file = File.Create(image))
        {
            file.SetLength((long)size * MiB);
        }

        Assert.SkipWhen(ForeignTool.Find("mkfs.exfat") is null, "The tool 'mkfs.exfat' is not installed.");
        ForeignTool.Check("env", ["LC_ALL=C.UTF-8", "mkfs.exfat", .. arguments, image]);
        return image;
    }

    // The kernel's driver where there is one, else the one in user space, which wants a block device.
    private static LoopDevice Attach(string image)
    {
        Assert.SkipUnless(HasKernelDriver || ForeignTool.Find("mount.exfat-fuse") is not null, "Neither the kernel nor 'mount.exfat-fuse' can fill an exFAT volume here.");
        return new LoopDevice(image);
    }

    private static MountedFolder Mount(TemporaryFolder folder, LoopDevice device) => new(folder.File("mounted"), "-t", HasKernelDriver ? "exfat" : "exfat-fuse", device.Path);

    // Several files that grow in turns lie in pieces.
    private static void WriteInTurns(string mounted, string source, int files)
    {
        byte[] piece = new byte[40_000];
        var random = new Random(9);
        for (int turn = 0; turn < 5; turn++)
        {
            for (int i = 0; i < files; i++)
            {
                random.NextBytes(piece);
                foreach (string folder in new[] { mounted, source })
                {
                    using FileStream file = new(Path.Combine(folder, $"in turns {i}"), FileMode.Append);
                    file.Write(piece);
                }
            }
        }
    }

    private static async Task<IFileSystem> OpenAsync(string image)
    {
        FileBlockDevice device = FileBlockDevice.Open(image);
        Assert.True(new ExFatFormat().Matches(await VolumeProbe.ReadHeadAsync(device, default)));
        return await new ExFatFormat().OpenAsync(device, default);
    }
}
