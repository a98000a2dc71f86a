using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Volumes that this machine's own kernel writes, copied while it writes, as a capture of a running machine does.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtKernelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Volumes => new()
    {
        { "-t ext4", "loop" },
        { "-t ext4 -b 1024 -O ^metadata_csum,^64bit", "loop" },
        { "-t ext4 -b 1024", "loop,data=journal" },
        { "-t ext4 -O ^metadata_csum", "loop,journal_checksum,data=journal" },
        { "-t ext4 -O ^metadata_csum,^64bit", "loop,data=writeback,journal_async_commit" },
        { "-t ext4", "loop,data=writeback,journal_async_commit" },
        { "-t ext3 -b 1024", "loop" },
        { "-t ext4 -O inline_data,bigalloc", "loop" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Volumes))]
    public async Task A_copy_taken_under_load_reads_as_e2fsck_replays_it(string features, string options)
    {
        string image = folder.File("volume");
        ForeignTool.Check("mke2fs", [.. features.Split(' '), "-q", "-F", "-J", "size=4", image, "48M"]);
        int replayed = 0;
        var random = new Random(features.Length);
        using (var mounted = new MountedFolder(folder.File("mounted"), "-o", options, image))
        {
            for (int round = 0; round < 4; round++)
            {
                Work(mounted.Path, round, random);
                string copy = folder.File(string.Create(CultureInfo.InvariantCulture, $"copy{round}"));
                Freeze(mounted.Path, () => File.Copy(image, copy));
                replayed += await CompareAsync(copy) ? 1 : 0;
            }
        }

        Assert.True(replayed > 0, "No copy had a log.");
    }

    [Fact]
    public async Task Fast_commits_that_wait_are_refused()
    {
        string image = folder.File("volume"), copy = folder.File("copy");
        ForeignTool.Check("mke2fs", "-t", "ext4", "-q", "-F", "-b", "1024", "-O", "fast_commit", image, "64M");
        using (var mounted = new MountedFolder(folder.File("mounted"), "-o", "loop", image))
        {
            for (int number = 0; number < 8; number++)
            {
                WriteThrough(Path.Combine(mounted.Path, string.Create(CultureInfo.InvariantCulture, $"file{number}")), "content"u8);
                ForeignTool.Check("sync", number < 4 ? [] : [mounted.Path + "/file0"]);
            }

            File.Copy(image, copy);
        }

        Assert.SkipUnless(ForeignTool.Check("debugfs", "-R", "logdump -S", copy).Contains("tag HEAD", StringComparison.Ordinal), "This kernel made no fast commit.");
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => new ExtFormat().OpenAsync(FileBlockDevice.Open(copy), CancellationToken.None));
        Assert.Contains("fast commits", error.Message, StringComparison.Ordinal);
    }

    // What is in flight goes to the image first; it stays marked as in use, with its log as the kernel leaves it between two commits.
    private static void Freeze(string path, Action copy)
    {
        ForeignTool.Check("sync", "-f", path);
        copy();
    }

    private static void Work(string root, int round, Random random)
    {
        string folder = Directory.CreateDirectory(Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"round{round}"))).FullName;
        for (int number = 0; number < 60; number++)
        {
            byte[] content = new byte[random.Next(20_000)];
            random.NextBytes(content);
            if (number % 5 == 0 && content.Length > 4)
            {
                ((ReadOnlySpan<byte>)[0xC0, 0x3B, 0x39, 0x98]).CopyTo(content); // escaped where data goes through the log
            }

            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"file {number}")), content);
            if (number % 7 == 0)
            {
                WriteThrough(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"through {number}")), Encoding.ASCII.GetBytes(folder));
            }
        }

        foreach (string path in Directory.GetFiles(root, "*", SearchOption.AllDirectories).Where((_, index) => index % 4 == 0))
        {
            File.Delete(path);
        }

        File.CreateSymbolicLink(Path.Combine(folder, "link"), "file 1");
        if (round > 1)
        {
            Directory.Delete(Path.Combine(root, string.Create(CultureInfo.InvariantCulture, $"round{round - 2}")), recursive: true); // blocks of names are revoked and used anew
        }
    }

    private static void WriteThrough(string path, ReadOnlySpan<byte> content)
    {
        using FileStream file = File.Create(path);
        file.Write(content);
        file.Flush(flushToDisk: true);
    }

    private static async Task<bool> CompareAsync(string copy)
    {
        string[] ours;
        bool isReplayed;
        await using (IFileSystem volume = await new ExtFormat().OpenAsync(FileBlockDevice.Open(copy), CancellationToken.None))
        {
            isReplayed = volume.Information.State.HasFlag(VolumeState.Replayed);
            ours = await VolumeFacts.ReadAsync(volume);
        }

        ToolResult result = ForeignTool.Run("e2fsck", "-p", "-E", "journal_only", copy);
        Assert.True(result.ExitCode < 4, result.Output + result.Error);
        await using IFileSystem replayed = await new ExtFormat().OpenAsync(FileBlockDevice.Open(copy), CancellationToken.None);
        Assert.False(replayed.Information.State.HasFlag(VolumeState.Replayed));
        Assert.Equal(await VolumeFacts.ReadAsync(replayed), ours);
        ToolResult check = ForeignTool.Run("e2fsck", "-fn", copy);
        Assert.True(check.ExitCode == 0 || replayed.Information.State.HasFlag(VolumeState.HasOrphans), check.Output);
        return isReplayed;
    }
}
