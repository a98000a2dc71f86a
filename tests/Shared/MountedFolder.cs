using Xunit;

namespace Portability.Tests;

/// <summary>A file system that a test mounts for itself; skips the test where mounting is not allowed.</summary>
internal sealed class MountedFolder : IDisposable
{
    /// <summary>Mounts.</summary>
    /// <param name="path">Folder to mount at; made if need be.</param>
    /// <param name="arguments">Arguments of `mount`, the folder apart.</param>
    public MountedFolder(string path, params string[] arguments)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Mounting a file system needs root on Linux.");
        Path = Directory.CreateDirectory(path).FullName;
        ToolResult mounted = ForeignTool.Run("mount", [.. arguments, Path]);
        Assert.SkipWhen(mounted.ExitCode != 0, $"This machine does not mount it: {mounted.Error}");
    }

    /// <summary>Where it is mounted.</summary>
    public string Path { get; }

    /// <summary>A small disk in memory.</summary>
    /// <param name="path">Folder to mount at.</param>
    /// <param name="size">Its size as `mount` takes it, such as `8m`.</param>
    public static MountedFolder Memory(string path, string size) => new(path, "-t", "tmpfs", "-o", $"size={size}", "tmpfs");

    /// <summary>A folder seen read-only.</summary>
    /// <param name="path">Folder to mount at.</param>
    /// <param name="of">The folder.</param>
    public static MountedFolder ReadOnly(string path, string of)
    {
        var mounted = new MountedFolder(path, "--bind", of);
        ForeignTool.Check("mount", "-o", "remount,bind,ro", mounted.Path);
        return mounted;
    }

    public void Dispose()
    {
        // A process that another test is just starting may hold it for a moment.
        ToolResult result = ForeignTool.Run("umount", Path);
        for (int tried = 0; tried < 50 && result.ExitCode != 0; tried++)
        {
            Thread.Sleep(100);
            result = ForeignTool.Run("umount", Path);
        }

        Assert.True(result.ExitCode == 0, result.Error);
    }
}
