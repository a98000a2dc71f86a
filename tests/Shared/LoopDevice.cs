using Xunit;

namespace Portability.Tests;

/// <summary>A file as a block device; skips the test where none can be made.</summary>
internal sealed class LoopDevice : IDisposable
{
    /// <summary>Attaches a file.</summary>
    /// <param name="file">Full path of the file.</param>
    /// <param name="arguments">More arguments of `losetup`.</param>
    public LoopDevice(string file, params string[] arguments)
    {
        ToolResult result = ForeignTool.Run("losetup", ["--find", "--show", .. arguments, file]);
        Assert.SkipWhen(result.ExitCode != 0, "Loop devices are not allowed here: " + result.Error);
        Path = result.Output.Trim();
    }

    /// <summary>Full path of the device.</summary>
    public string Path { get; }

    public void Dispose() => ForeignTool.Run("losetup", "--detach", Path);
}
