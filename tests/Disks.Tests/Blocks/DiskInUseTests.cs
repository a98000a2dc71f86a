using System.Diagnostics;
using Portability.Disks.Blocks;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Blocks;

/// <summary>Images that QEMU's programs hold, tested with the programs themselves.</summary>
public sealed class DiskInUseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    [InlineData("vhdx")]
    public async Task Refuses_an_image_that_is_open_for_writing(string format)
    {
        string path = Image(format);
        using (Process holder = Hold(path, format, readOnly: false))
        {
            StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Open(path));
            Assert.Equal(("DiskInUse", ErrorKind.Locked), (error.ErrorId, error.Kind));
            Assert.Contains($"process {holder.Id}", error.Message, StringComparison.Ordinal);
            Assert.Contains($"Stop-Process -Id {holder.Id}", error.RecommendedAction, StringComparison.Ordinal);
            await FileBlockDevice.Open(path, allowInUse: true).DisposeAsync();
            End(holder);
        }

        await FileBlockDevice.Open(path).DisposeAsync();
    }

    [Fact]
    public async Task Reads_beside_other_readers()
    {
        string path = Image("qcow2");
        using Process holder = Hold(path, "qcow2", readOnly: true);
        await using FileBlockDevice first = FileBlockDevice.Open(path);
        await using FileBlockDevice second = FileBlockDevice.Open(path);
        Assert.Equal(first.Length, second.Length);
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.OpenForWriting(path));
        Assert.Equal("DiskInUse", error.ErrorId);
        End(holder);
    }

    [Fact]
    public async Task Keeps_others_from_writing_while_it_reads()
    {
        string path = Image("raw");
        await using (FileBlockDevice.Open(path))
        {
            Assert.Equal(0, ForeignTool.Run("qemu-io", "-f", "raw", "-r", "-c", "read 0 512", path).ExitCode);
            ToolResult refused = ForeignTool.Run("qemu-io", "-f", "raw", "-c", "write 0 512", path);
            Assert.Contains("Failed to get \"write\" lock", refused.Error + refused.Output, StringComparison.Ordinal);
        }

        Assert.Equal(0, ForeignTool.Run("qemu-io", "-f", "raw", "-c", "write 0 512", path).ExitCode);
    }

    [Fact]
    public async Task Keeps_others_out_while_it_writes()
    {
        string path = Image("raw");
        await using FileBlockDevice file = FileBlockDevice.OpenForWriting(path);
        ToolResult refused = ForeignTool.Run("qemu-io", "-f", "raw", "-r", "-c", "read 0 512", path);
        Assert.Contains("lock", refused.Error + refused.Output, StringComparison.Ordinal);
        Assert.Throws<StorageException>(() => FileBlockDevice.Open(path));
    }

    [Theory]
    [InlineData(FileAccess.Write)]
    [InlineData(FileAccess.ReadWrite)]
    public async Task Refuses_a_file_that_a_process_has_open_for_writing_without_any_lock(FileAccess access)
    {
        string path = Image("raw");
        string other = folder.File("link.raw");
        ForeignTool.Check("ln", path, other);
        using (Process holder = HoldPlain(other, access == FileAccess.Write ? ">>" : "<>"))
        {
            StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Open(path));
            Assert.Equal(("DiskInUse", ErrorKind.Locked), (error.ErrorId, error.Kind));
            Assert.Contains($"'sh' (process {holder.Id}) has it open for writing", error.Message, StringComparison.Ordinal);
            Assert.Contains($"Stop-Process -Id {holder.Id}", error.RecommendedAction, StringComparison.Ordinal);
            Assert.Throws<StorageException>(() => FileBlockDevice.OpenForWriting(path));
            await FileBlockDevice.Open(path, allowInUse: true).DisposeAsync();
            End(holder);
        }

        await FileBlockDevice.Open(path).DisposeAsync();
    }

    [Fact]
    public async Task A_file_that_this_process_writes_is_not_ended_with_it()
    {
        string path = Image("raw");
        using (File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Open(path));
            Assert.Equal("DiskInUse", error.ErrorId);
            Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("Stop-Process", error.RecommendedAction, StringComparison.Ordinal);
            await FileBlockDevice.OpenForWriting(path).DisposeAsync();
        }
    }

    [Fact]
    public async Task Reads_beside_a_process_that_only_reads()
    {
        string path = Image("raw");
        using Process holder = HoldPlain(path, "<");
        await FileBlockDevice.Open(path).DisposeAsync();
        await FileBlockDevice.OpenForWriting(path).DisposeAsync();
        End(holder);
    }

    [Fact]
    public async Task Refuses_a_file_behind_a_loop_device()
    {
        string path = Image("raw");
        using (var device = new LoopDevice(path))
        {
            string other = folder.File("link.raw");
            ForeignTool.Check("ln", "-s", path, other);
            foreach (string name in new[] { path, other })
            {
                StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Open(name));
                Assert.Equal(("DiskInUse", ErrorKind.Locked), (error.ErrorId, error.Kind));
                Assert.Contains($"'{device.Path}'", error.Message, StringComparison.Ordinal);
                Assert.Contains($"losetup --detach {device.Path}", error.RecommendedAction, StringComparison.Ordinal);
            }

            await FileBlockDevice.Open(device.Path).DisposeAsync();
        }

        await FileBlockDevice.Open(path).DisposeAsync();
        using (new LoopDevice(path, "--read-only"))
        {
            await FileBlockDevice.Open(path).DisposeAsync();
            Assert.Throws<StorageException>(() => FileBlockDevice.OpenForWriting(path));
        }
    }

    [Fact]
    public async Task Refuses_a_device_that_a_process_has_open_for_writing()
    {
        using var device = new LoopDevice(Image("raw"));
        using Process holder = HoldPlain(device.Path, "<>");
        StorageException error = Assert.Throws<StorageException>(() => FileBlockDevice.Open(device.Path));
        Assert.Equal("DiskInUse", error.ErrorId);
        Assert.Contains($"process {holder.Id}", error.Message, StringComparison.Ordinal);
        End(holder);
    }

    private string Image(string format)
    {
        string path = folder.File("disk." + format);
        ForeignTool.Check("qemu-img", "create", "-q", "-f", format, path, "16M");
        return path;
    }

    private static Process Hold(string path, string format, bool readOnly)
    {
        var start = new ProcessStartInfo(ForeignTool.Find("qemu-io")!, ["-f", format, .. readOnly ? new[] { "-r" } : [], path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        Process process = Process.Start(start)!;
        process.StandardInput.WriteLine("length");
        Assert.NotNull(process.StandardOutput.ReadLine());
        return process;
    }

    // A shell takes no lock and holds what it redirects.
    private static Process HoldPlain(string path, string redirection)
    {
        var start = new ProcessStartInfo("sh", ["-c", $"exec 3{redirection}\"$0\"; echo held; read line", path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        Process process = Process.Start(start)!;
        Assert.Equal("held", process.StandardOutput.ReadLine());
        return process;
    }

    private static void End(Process process)
    {
        process.StandardInput.WriteLine("quit");
        process.WaitForExit();
    }
}
