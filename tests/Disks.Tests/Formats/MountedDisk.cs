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
        // A process that another test is just starting may still hold a copy of our handle to the mount: then it is busy for a moment.
        string tool = ForeignTool.Find("fusermount") ?? ForeignTool.Find("umount")!;
        string[] unmount = tool.EndsWith("fusermount", StringComparison.Ordinal) ? ["-u", folder] : [folder];
        ToolResult result = ForeignTool.Run(tool, unmount);
        for (int tried = 0; tried < 50 && result.ExitCode != 0; tried++)
        {
            Thread.Sleep(100);
            result = ForeignTool.Run(tool, unmount);
        }

        Assert.True(result.ExitCode == 0, result.Error);
        Directory.Delete(folder);
    }
}
