using System.Diagnostics;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>An image that libvhdi shows as a file, through FUSE; the last layer of a chain is the disk.</summary>
internal sealed class MountedDisk : IDisposable
{
    private readonly string folder;

    public MountedDisk(string path)
    {
        Assert.SkipWhen(ForeignTool.Find("vhdimount") is null || !File.Exists("/dev/fuse"), "vhdimount or FUSE is not there.");
        folder = Directory.CreateTempSubdirectory("portability-mount-").FullName;
        ToolResult result = ForeignTool.Run("vhdimount", path, folder);
        Assert.SkipWhen(result.ExitCode != 0 && result.Error.Contains("fuse:", StringComparison.Ordinal), "FUSE is not allowed here.");
        Assert.True(result.ExitCode == 0, result.Output + result.Error);
    }

    /// <summary>Path of the disk's bytes.</summary>
    public string Disk => Directory.GetFiles(folder, "vhdi?").Order(StringComparer.Ordinal).Last();

    public void Dispose()
    {
        using var process = Process.Start(new ProcessStartInfo(ForeignTool.Find("fusermount") ?? ForeignTool.Find("umount")!, ForeignTool.Find("fusermount") is null ? [folder] : ["-u", folder]))!;
        process.WaitForExit();
        Directory.Delete(folder);
    }
}
