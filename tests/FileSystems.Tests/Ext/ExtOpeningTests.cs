using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>What opening costs: little is read of a large volume, and a log costs memory for its blocks alone.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtOpeningTests : IDisposable
{
    private const long MaximumRead = 1 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Opening_a_large_volume_reads_little()
    {
        string image = folder.File("large");
        ForeignTool.Check("mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-J", "size=64", image, "100G");
        await AddLogAsync(image, 40);
        var counting = new CountingBlockDevice(FileBlockDevice.Open(image));
        await using IFileSystem volume = await new ExtFormat().OpenAsync(counting, CancellationToken.None);
        Assert.True(volume.Information.State.HasFlag(VolumeState.Replayed));
        Assert.Single(await volume.ListAsync(volume.Root, CancellationToken.None).ToListAsync());
        TestContext.Current.SendDiagnosticMessage($"{counting.Bytes} bytes of a volume of 100 GiB were read to open it with a log of 40 blocks and to list its root.");
        Assert.InRange(counting.Bytes, 1, MaximumRead);
    }

    [Fact]
    public async Task Memory_follows_the_blocks_of_the_log_and_not_the_volume()
    {
        foreach (int blocks in (int[])[10, 4000])
        {
            string image = folder.File("large");
            ForeignTool.Check("mke2fs", "-q", "-F", "-t", "ext4", "-O", "^metadata_csum", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard", "-J", "size=64", image, "20G");
            await AddLogAsync(image, blocks);
            using var device = new SynchronousFile(image);
            long before = GC.GetAllocatedBytesForCurrentThread();
            await using IFileSystem volume = await new ExtFormat().OpenAsync(device, CancellationToken.None);
            long taken = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Contains(volume.Information.Findings, finding => finding.Contains(string.Create(CultureInfo.InvariantCulture, $" {blocks} blocks"), StringComparison.Ordinal));
            TestContext.Current.SendDiagnosticMessage($"To open a volume of 20 GiB with a log of {blocks} blocks took {taken} bytes of memory in all.");
            Assert.InRange(taken, 1, (1 << 20) + (blocks * 1024));
        }
    }

    // Content of blocks that no file uses, so that nothing that is read changes.
    private async Task AddLogAsync(string image, int blocks)
    {
        string content = folder.File("content"), script = folder.File("script");
        await File.WriteAllBytesAsync(content, new byte[500 * 4096]);
        IEnumerable<string> writes = Enumerable.Range(3_000_000, blocks).Chunk(500).Select(chunk => $"jw -b {string.Join(',', chunk)} {content}");
        await File.WriteAllLinesAsync(script, ["jo", .. writes, "jc"]);
        ToolResult result = ForeignTool.Run("debugfs", "-w", "-f", script, image);
        Assert.DoesNotContain("while", result.Error, StringComparison.Ordinal);
    }

    // Reads on the thread of its caller, so that what it allocates can be counted.
    private sealed class SynchronousFile(string path) : DelegatingBlockDevice(new ZeroBlockDevice(new FileInfo(path).Length)), IDisposable
    {
        private readonly SafeFileHandle handle = File.OpenHandle(path);

        public override ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
            RandomAccess.Read(handle, buffer.Span, offset) == buffer.Length ? ValueTask.CompletedTask : throw new EndOfStreamException();

        public void Dispose() => handle.Dispose();
    }
}
