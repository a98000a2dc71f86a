using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Qcow2;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Qcow2;

/// <summary>Every kind of QCOW2 that qemu-img makes, read byte for byte.</summary>
public sealed class Qcow2ReadTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("compat=0.10")]
    [InlineData("compat=1.1")]
    [InlineData("compat=1.1,lazy_refcounts=on")]
    [InlineData("compat=0.10,cluster_size=512")]
    [InlineData("compat=1.1,cluster_size=512")]
    [InlineData("compat=1.1,cluster_size=1024")]
    [InlineData("compat=1.1,cluster_size=4096")]
    [InlineData("compat=1.1,cluster_size=32768")]
    [InlineData("compat=1.1,cluster_size=262144")]
    [InlineData("compat=1.1,cluster_size=2097152")]
    [InlineData("compat=1.1,refcount_bits=1")]
    [InlineData("compat=1.1,refcount_bits=2")]
    [InlineData("compat=1.1,refcount_bits=4")]
    [InlineData("compat=1.1,refcount_bits=8")]
    [InlineData("compat=1.1,refcount_bits=32")]
    [InlineData("compat=1.1,refcount_bits=64")]
    [InlineData("compat=0.10", "-c")]
    [InlineData("compat=1.1", "-c")]
    [InlineData("compat=1.1,cluster_size=512", "-c")]
    [InlineData("compat=1.1,cluster_size=2097152", "-c")]
    [InlineData("compat=1.1,extended_l2=on,cluster_size=16384")]
    [InlineData("compat=1.1,extended_l2=on,cluster_size=65536")]
    [InlineData("compat=1.1,extended_l2=on,cluster_size=131072", "-c")]
    [InlineData("compat=1.1,preallocation=metadata")]
    [InlineData("compat=0.10,preallocation=metadata")]
    [InlineData("compat=1.1,preallocation=falloc")]
    [InlineData("compat=1.1,preallocation=full")]
    public async Task Reads_what_qemu_writes(string options, params string[] arguments)
    {
        // The length is no multiple of any cluster size but the smallest.
        byte[] content = SparseContent.Make(options.Length, (9 << 20) + (3 * 512), dataShare: 0.3, longestRun: 300_000);
        string path = QemuImages.Convert(folder, content, "disk.qcow2", ["-O", "qcow2", "-o", options, .. arguments]);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        Assert.Equal("QCOW2", image.FormatName);
        Assert.Equal(options.StartsWith("compat=0.10", StringComparison.Ordinal) ? "v2" : "v3", image.SubFormat);
        Assert.Equal([path], image.Files);
        await QemuImages.CheckAsync(image, content);
    }

    [Theory]
    [InlineData("cluster_size=65536")]
    [InlineData("cluster_size=65536,extended_l2=on")]
    [InlineData("cluster_size=4096")]
    public async Task Reads_zero_clusters_of_both_kinds_and_discards(string options)
    {
        byte[] content = SparseContent.Make(5, 6 << 20, dataShare: 0.9, longestRun: 400_000);
        string path = QemuImages.Convert(folder, content, "disk.qcow2", "-O", "qcow2", "-o", options);
        var random = new Random(1);
        var commands = new List<string>();
        foreach (string command in new[] { "write -z", "write -z -u", "write -P 0x77", "write -z -u" })
        {
            for (int i = 0; i < 8; i++)
            {
                int offset = random.Next(content.Length / 2048) * 2048;
                int length = Math.Min((1 + random.Next(200)) * 2048, content.Length - offset);
                content.AsSpan(offset, length).Fill(command.Contains('P', StringComparison.Ordinal) ? (byte)0x77 : (byte)0);
                commands.AddRange(["-c", $"{command} {offset} {length}"]);
            }
        }

        ForeignTool.Check("qemu-io", ["-d", "unmap", "-f", "qcow2", .. commands, path]);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        await QemuImages.CheckAsync(image, content);
    }

    [Theory]
    [InlineData("qcow2", "")]
    [InlineData("qcow2", "cluster_size=4096")]
    [InlineData("qcow2", "extended_l2=on")]
    [InlineData("raw", "")]
    [InlineData("vpc", "")]
    public async Task Reads_a_chain_three_deep(string baseFormat, string options)
    {
        byte[] content = SparseContent.Make(9, 5 << 20, dataShare: 0.5, longestRun: 200_000);
        string extension = baseFormat == "raw" ? "img" : baseFormat;
        Directory.CreateDirectory(folder.File("images"));
        QemuImages.Convert(folder, content, $"images/base.{extension}", "-O", baseFormat, "-o", baseFormat == "vpc" ? "force_size=on" : options.Length == 0 || baseFormat == "raw" ? "size=5M" : options);
        Create("images/middle.qcow2", baseFormat, $"base.{extension}", options);
        Write("images/middle.qcow2", content, 17);
        Create("top.qcow2", "qcow2", "images/middle.qcow2", options);
        Write("top.qcow2", content, 18);
        await using IDiskImage image = await QemuImages.OpenAsync(folder.File("top.qcow2"));
        await QemuImages.CheckAsync(image, content);
        Assert.Equal("images/middle.qcow2", image.ParentLocator);
        Assert.Equal(folder.File("images/middle.qcow2"), image.Parent!.Path);
        Assert.Equal(folder.File($"images/base.{extension}"), image.Parent.Parent!.Path);
        Assert.Null(image.Parent.Parent.Parent);

        // What the top holds itself is less than the whole, and where it says zeros there are zeros.
        long own = 0;
        await foreach (BlockExtent extent in image.AllocatedInThisFileAsync(0, image.Length, CancellationToken.None))
        {
            own += extent.Length;
            Assert.False(extent.IsZero && content.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0));
        }

        Assert.InRange(own, 1, content.Length - 1);

        // Opened alone, the top still says what it holds.
        await using IDiskImage alone = await QemuImages.OpenAsync(folder.File("top.qcow2"), new DiskOpenOptions { OpenParents = false });
        long ownAlone = 0;
        await foreach (BlockExtent extent in alone.AllocatedInThisFileAsync(0, image.Length, CancellationToken.None))
        {
            ownAlone += extent.Length;
        }

        Assert.Equal(own, ownAlone);
    }

    [Fact]
    public async Task Reads_zeros_behind_a_shorter_parent_and_nothing_behind_a_longer_one()
    {
        byte[] content = SparseContent.Make(4, 3 << 20, dataShare: 1);
        QemuImages.Convert(folder, content, "base.qcow2", "-O", "qcow2");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2", folder.File("long.qcow2"), "5M");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2", folder.File("short.qcow2"), "1000448");
        await using (IDiskImage image = await QemuImages.OpenAsync(folder.File("long.qcow2")))
        {
            await QemuImages.CheckAsync(image, [.. content, .. new byte[2 << 20]]);
        }

        await using (IDiskImage image = await QemuImages.OpenAsync(folder.File("short.qcow2")))
        {
            await QemuImages.CheckAsync(image, content[..1000448]);
        }
    }

    [Fact]
    public async Task Takes_a_raw_parent_for_raw_whatever_it_holds()
    {
        byte[] content = new byte[1 << 20];
        string inner = QemuImages.Convert(folder, SparseContent.Make(1, 65536), "inner.qcow2", "-O", "qcow2");
        File.ReadAllBytes(inner).CopyTo(content, 0);
        QemuImages.WriteRaw(folder, content, "base.img");
        Create("top.qcow2", "raw", "base.img", string.Empty);
        await using IDiskImage image = await QemuImages.OpenAsync(folder.File("top.qcow2"));
        Assert.Equal("Raw", image.Parent!.FormatName);
        await QemuImages.CheckAsync(image, content);
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task Reads_an_external_data_file(string raw)
    {
        byte[] content = SparseContent.Make(6, (4 << 20) + 512, dataShare: 0.4, longestRun: 200_000);
        QemuImages.WriteRaw(folder, content);
        string path = folder.File("disk.qcow2");
        ForeignTool.Check(
            "sh", "-c", $"cd '{folder.Path}' && qemu-img create -q -f qcow2 -o data_file=data.bin,data_file_raw={raw} disk.qcow2 {content.Length} && qemu-img convert -n -f raw -O qcow2 disk.raw disk.qcow2");
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        Assert.Equal([path, folder.File("data.bin")], image.Files);
        await QemuImages.CheckAsync(image, content);
    }

    [Fact]
    public async Task Reads_the_active_state_beside_internal_snapshots()
    {
        byte[] content = SparseContent.Make(8, 2 << 20, dataShare: 0.8);
        string path = QemuImages.Convert(folder, content, "disk.qcow2", "-O", "qcow2");
        ForeignTool.Check("qemu-img", "snapshot", "-c", "before", path);
        Write("disk.qcow2", content, 3);
        ForeignTool.Check("qemu-img", "snapshot", "-c", "between", path);
        Write("disk.qcow2", content, 4);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        await QemuImages.CheckAsync(image, content);
        Assert.Equal(2, Assert.IsAssignableFrom<IQcow2Image>(image).InternalSnapshotCount);
    }

    [Fact]
    public async Task Lists_persistent_bitmaps()
    {
        string path = folder.File("disk.qcow2");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "qcow2", path, "64M");
        ForeignTool.Check("qemu-img", "bitmap", "--add", "-g", "64k", path, "first");
        ForeignTool.Check("qemu-img", "bitmap", "--add", "--disable", "-g", "1M", path, "zweite-ü");
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        IReadOnlyList<Qcow2Bitmap> bitmaps = Assert.IsAssignableFrom<IQcow2Image>(image).Bitmaps;
        Assert.Equal([("first", 65536L, true, false), ("zweite-ü", 1L << 20, false, false)], bitmaps.Select(one => (one.Name, one.Granularity, one.IsAuto, one.InUse)));
    }

    private void Create(string name, string backingFormat, string backing, string options) =>
        ForeignTool.Check("qemu-img", ["create", "-q", "-f", "qcow2", "-F", backingFormat, "-b", backing, .. options.Length == 0 ? Array.Empty<string>() : ["-o", options], folder.File(name)]);

    private void Write(string name, byte[] content, int seed)
    {
        var random = new Random(seed);
        var commands = new List<string>();
        for (int i = 0; i < 12; i++)
        {
            int offset = random.Next(content.Length / 512) * 512;
            int length = Math.Min((1 + random.Next(200)) * 512, content.Length - offset);
            byte value = i % 4 == 3 ? (byte)0 : (byte)random.Next(1, 256);
            content.AsSpan(offset, length).Fill(value);
            commands.AddRange(["-c", value == 0 ? $"write -z {offset} {length}" : $"write -P {value} {offset} {length}"]);
        }

        ForeignTool.Check("qemu-io", ["-f", "qcow2", .. commands, folder.File(name)]);
    }
}
