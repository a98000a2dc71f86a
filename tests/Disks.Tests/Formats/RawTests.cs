using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Raw files of any length, files that only look raw, and real block devices.</summary>
public sealed class RawTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(1000)]
    [InlineData(1_000_003)]
    public async Task Keeps_any_length(int length)
    {
        byte[] content = SparseContent.Make(length, length);
        string path = folder.File("odd.img");
        await using (IDiskImage made = await DiskFormatRegistry.CreateDefault().CreateAsync(path, "raw", new DiskCreateOptions { Length = length, UniqueId = Guid.NewGuid() }, Token))
        {
            await made.WriteAsync(0, content, Token);
            await made.FlushAsync(Token);
        }

        Assert.Equal(content, await File.ReadAllBytesAsync(path, Token));
        await using IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(path, new DiskOpenOptions { RawSectorSize = 4096 }, Token);
        Assert.Equal((length, 4096, "Raw", "File"), (image.Length, image.LogicalSectorSize, image.FormatName, image.SubFormat));
    }

    [Theory]
    [InlineData("vdi", "VDI")]
    [InlineData("qed", "QED")]
    [InlineData("parallels", "Parallels")]
    public async Task Refuses_images_of_formats_it_does_not_know(string format, string name)
    {
        string path = folder.File("disk");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", format, path, "10M");
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(
            async () => await DiskFormatRegistry.CreateDefault().OpenAsync(path, null, Token));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains("-Format Raw", error.RecommendedAction, StringComparison.Ordinal);
        await (await DiskFormatRegistry.CreateDefault().OpenAsync(path, new DiskOpenOptions { Format = "Raw" }, Token)).DisposeAsync();
    }

    [Fact]
    public async Task Refuses_what_is_empty_compressed_or_a_folder()
    {
        File.WriteAllBytes(folder.File("empty.img"), []);
        File.WriteAllBytes(folder.File("disk.img.gz"), [0x1F, 0x8B, 8, 0, .. new byte[1000]]);
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault();
        await Assert.ThrowsAsync<InvalidFormatException>(async () => await registry.OpenAsync(folder.File("empty.img"), null, Token));
        await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await registry.OpenAsync(folder.File("disk.img.gz"), null, Token));
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await registry.OpenAsync(folder.Path, null, Token));
        Assert.Equal("NotAFile", error.ErrorId);
        error = await Assert.ThrowsAsync<StorageException>(async () => await registry.OpenAsync(folder.File("none"), null, Token));
        Assert.Equal("FileNotFound", error.ErrorId);
        UnsupportedFeatureException unknown = await Assert.ThrowsAsync<UnsupportedFeatureException>(
            async () => await registry.OpenAsync(folder.File("disk.img.gz"), new DiskOpenOptions { Format = "ISO" }, Token));
        Assert.Contains("VHDX", unknown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task Reads_and_writes_a_block_device(int sectorSize)
    {
        byte[] content = SparseContent.Make(sectorSize, 8 << 20);
        string file = folder.File("disk.img");
        await File.WriteAllBytesAsync(file, content, Token);
        using var loop = new LoopDevice(file, "--sector-size", $"{sectorSize}");
        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(loop.Path, null, Token))
        {
            Assert.Equal((content.Length, sectorSize, "Device"), (image.Length, image.LogicalSectorSize, image.SubFormat));
            Assert.True(image.PhysicalSectorSize >= sectorSize);
            await CheckAsync(image, content);
            await using IDiskImage again = await DiskFormatRegistry.CreateDefault().OpenAsync(loop.Path, new DiskOpenOptions { AllowInUse = true }, Token);
            await Assert.ThrowsAsync<StorageException>(async () => await DiskFormatRegistry.CreateDefault().OpenRawForWritingAsync(loop.Path, Token));
        }

        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenRawForWritingAsync(loop.Path, Token))
        {
            new Random(1).NextBytes(content.AsSpan(12_345, 1_000_000));
            await image.WriteAsync(12_345, content.AsMemory(12_345, 1_000_000), Token);
            content.AsSpan(2_000_003, 3_000_000).Clear();
            await image.ZeroAsync(2_000_003, 3_000_000, Token);
            content.AsSpan(6 << 20, 1 << 20).Clear();
            await image.ZeroAsync(6 << 20, 1 << 20, Token);
            await image.FlushAsync(Token);
            await CheckAsync(image, content);
        }
    }

    [Fact]
    public async Task Takes_a_block_device_for_the_disk_whatever_its_guest_wrote()
    {
        string image = QemuImages.Convert(folder, new byte[1 << 20], "overlay.qcow2", "-O", "qcow2");
        byte[] content = new byte[8 << 20];
        File.ReadAllBytes(image).CopyTo(content, 0);
        string file = folder.File("disk.img");
        await File.WriteAllBytesAsync(file, content, Token);
        using var loop = new LoopDevice(file);
        var heard = new HeardWarnings();
        await using (IDiskImage disk = await DiskFormatRegistry.CreateDefault().OpenAsync(loop.Path, new DiskOpenOptions { Observer = heard }, Token))
        {
            Assert.Equal("Raw", disk.FormatName);
            await CheckAsync(disk, content);
        }

        Assert.Contains("looks like QCOW2", Assert.Single(heard.Warnings), StringComparison.Ordinal);
        await using IDiskImage named = await DiskFormatRegistry.CreateDefault().OpenAsync(loop.Path, new DiskOpenOptions { Format = "QCOW2" }, Token);
        Assert.Equal(1 << 20, named.Length);
    }

    [Fact]
    public async Task Refuses_a_file_that_is_named_raw_and_looks_like_an_image()
    {
        string image = QemuImages.Convert(folder, new byte[1 << 20], "image.qcow2", "-O", "qcow2");
        string named = folder.File("web01.RAW");
        File.Move(image, named);
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await DiskFormatRegistry.CreateDefault().OpenAsync(named, null, Token));
        Assert.Equal("DiskFormatAmbiguous", error.ErrorId);
        Assert.Contains("web01.qcow2", error.RecommendedAction, StringComparison.Ordinal);
        await using IDiskImage disk = await DiskFormatRegistry.CreateDefault().OpenAsync(named, new DiskOpenOptions { Format = "Raw" }, Token);
        Assert.Equal(new FileInfo(named).Length, disk.Length);
    }

    [Theory]
    [InlineData("web01.vhdx", "VHDX")]
    [InlineData("web01.avhdx", "VHDX")]
    [InlineData("web01.VHD", "VHD")]
    [InlineData("web01.qcow2", "QCOW2")]
    [InlineData("web01.vmdk", "VMDK")]
    [InlineData("web01-flat.vmdk", "VMDK")]
    public async Task Refuses_an_image_that_is_one_by_its_name_alone(string name, string format)
    {
        string path = QemuImages.WriteRaw(folder, SparseContent.Make(1, 1 << 20), name);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal((format, path), (error.Format, error.TargetName));
        Assert.Contains("-Format Raw", error.RecommendedAction, StringComparison.Ordinal);
        await using IDiskImage disk = await QemuImages.OpenAsync(path, new DiskOpenOptions { Format = "Raw" });
        Assert.Equal((1 << 20, "Raw"), (disk.Length, disk.FormatName));
    }

    [Theory]
    [InlineData("vhdx", "")]
    [InlineData("qcow2", "")]
    [InlineData("vmdk", "")]
    [InlineData("vpc", "subformat=dynamic")]
    public async Task Refuses_an_image_whose_signatures_are_gone(string format, string options)
    {
        string path = QemuImages.Convert(
            folder, SparseContent.Make(2, 1 << 20), format == "vpc" ? "disk.vhd" : "disk." + format, ["-O", format, .. options.Length == 0 ? (string[])[] : ["-o", options]]);
        await (await QemuImages.OpenAsync(path)).DisposeAsync();
        using (FileStream file = File.OpenWrite(path))
        {
            file.Write(new byte[512]);
            file.Seek(-512, SeekOrigin.End);
            file.Write(new byte[512]);
        }

        await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(path));
    }

    [Theory]
    [InlineData("web01.img")]
    [InlineData("web01.bin")]
    [InlineData("web01")]
    [InlineData("web01.vhdx")]
    public async Task Follows_no_parent_of_a_file_that_is_not_named_an_image(string name)
    {
        QemuImages.WriteRaw(folder, SparseContent.Make(3, 1 << 20), "secret.raw");
        string path = folder.File(name);
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", folder.File("secret.raw"), path);
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal(("DiskFormatAmbiguous", path), (error.ErrorId, error.TargetName));
        Assert.Contains("secret.raw", error.Message, StringComparison.Ordinal);
        await using (IDiskImage named = await QemuImages.OpenAsync(path, new DiskOpenOptions { Format = "Qcow2" }))
        {
            Assert.NotNull(named.Parent);
        }

        var heard = new HeardWarnings();
        await using IDiskImage raw = await QemuImages.OpenAsync(path, new DiskOpenOptions { IsKnownRaw = true, Observer = heard });
        Assert.Equal((new FileInfo(path).Length, "Raw"), (raw.Length, raw.FormatName));
        Assert.Contains("was a raw disk before", Assert.Single(heard.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Follows_no_data_file_of_a_file_that_is_not_named_an_image()
    {
        string path = folder.File("web01.img");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "qcow2", "-o", $"data_file={folder.File("data.raw")},data_file_raw=on", path, "1M");
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal("DiskFormatAmbiguous", error.ErrorId);
        File.Move(path, folder.File("web01.qcow2"));
        await (await QemuImages.OpenAsync(folder.File("web01.qcow2"))).DisposeAsync();
    }

    [Fact]
    public async Task Reads_an_image_that_stands_alone_under_any_name()
    {
        byte[] content = SparseContent.Make(4, 1 << 20);
        string path = QemuImages.Convert(folder, content, "web01.img", "-O", "qcow2");
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        Assert.Equal("QCOW2", image.FormatName);
        await QemuImages.CheckAsync(image, content);
    }

    [Fact]
    public async Task Refuses_a_block_device_that_is_mounted()
    {
        string file = folder.File("disk.img");
        using (FileStream stream = File.Create(file))
        {
            stream.SetLength(32 << 20);
        }

        ForeignTool.Check("mkfs.ext4", "-q", file);
        using var loop = new LoopDevice(file);
        string mount = Directory.CreateDirectory(folder.File("mount")).FullName;
        ToolResult mounted = ForeignTool.Run("mount", loop.Path, mount);
        Assert.SkipWhen(mounted.ExitCode != 0, "Mounting is not allowed here: " + mounted.Error);
        try
        {
            StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await DiskFormatRegistry.CreateDefault().OpenAsync(loop.Path, null, Token));
            Assert.Equal(("DiskInUse", ErrorKind.Locked), (error.ErrorId, error.Kind));
            Assert.Contains("mounted", error.Message, StringComparison.Ordinal);
            await (await DiskFormatRegistry.CreateDefault().OpenAsync(loop.Path, new DiskOpenOptions { AllowInUse = true }, Token)).DisposeAsync();
        }
        finally
        {
            ForeignTool.Check("umount", mount);
        }
    }

    private static async Task CheckAsync(IBlockDevice device, byte[] content)
    {
        byte[] read = new byte[content.Length];
        await device.ReadAsync(0, read, Token);
        Assert.Equal(content.Length, content.AsSpan().CommonPrefixLength(read));
        byte[] part = new byte[777];
        await device.ReadAsync(4_001, part, Token);
        Assert.Equal(content[4_001..4_778], part);
        Assert.Equal(content.Length, await device.QueryExtentsAsync(0, content.Length, Token).Select(extent => extent.Length).SumAsync(Token));
    }

    private sealed class HeardWarnings : IOperationObserver
    {
        public List<string> Warnings { get; } = [];

        public void OnProgress(OperationProgress progress)
        {
        }

        public void OnWarning(string message) => Warnings.Add(message);

        public void OnVerbose(string message)
        {
        }
    }
}
