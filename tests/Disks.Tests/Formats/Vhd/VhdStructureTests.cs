using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhd;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vhd;

/// <summary>Footers, headers and geometry: what is refused, what a second copy or an option saves.</summary>
public sealed class VhdStructureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(136365211648, 65278, 16, 255)] // As Hyper-V 2012 R2 has it.
    [InlineData(104448, 3, 4, 17)]
    [InlineData(512, 0, 4, 17)]
    [InlineData(17L * 4 * 1024 * 512, 140, 16, 31)]
    [InlineData(1L << 30, 2080, 16, 63)]
    [InlineData(2040L << 30, 65535, 16, 255)]
    public void Computes_the_geometry_of_the_specification(long length, int cylinders, int heads, int sectors) =>
        Assert.Equal(new VhdGeometry((ushort)cylinders, (byte)heads, (byte)sectors), VhdGeometry.For(length));

    [Fact]
    public void Geometry_never_holds_more_than_the_disk()
    {
        var random = new Random(4);
        for (int i = 0; i < 20_000; i++)
        {
            long sectors = random.NextInt64(1, 1L << random.Next(1, 33));
            VhdGeometry geometry = VhdGeometry.For(sectors * 512);
            Assert.InRange((long)geometry.Cylinders * geometry.Heads * geometry.SectorsPerTrack, 0, sectors);
            Assert.InRange(geometry.Heads, 4, 16);
        }
    }

    [Theory]
    [InlineData("Dynamic", "end", true)]
    [InlineData("Dynamic", "start", true)]
    [InlineData("Dynamic", "both", false)]
    [InlineData("Dynamic", "header", false)]
    [InlineData("Fixed", "end", false)]
    public async Task Uses_the_copy_of_a_damaged_footer(string subFormat, string what, bool opens)
    {
        (byte[] file, byte[] content) = await MakeAsync(subFormat);
        foreach ((string name, int offset) in new[] { ("start", 40), ("end", file.Length - VhdFooter.Size + 40), ("header", VhdFooter.Size + 300) })
        {
            if (what == name || (what == "both" && name != "header"))
            {
                file[offset] ^= 0x10;
            }
        }

        if (!opens)
        {
            InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => OpenAsync(file));
            Assert.Contains("checksum", error.Message, StringComparison.Ordinal);
            Assert.Equal(what == "header" ? "dynamic disk header" : "footer", error.Structure);
            Assert.Contains("the platform that wrote it", error.RecommendedAction, StringComparison.Ordinal);
            if (what != "header")
            {
                return; // The damage is in the size.
            }
        }

        await using IDiskImage image = await OpenAsync(file, DamageTolerance.WrongChecksum);
        Assert.Equal(what == "start" ? 0 : 1, image.ToleratedDamage.Count);
        byte[] read = new byte[content.Length];
        await image.ReadAsync(0, read, Token);
        Assert.Equal(content, read);
    }

    [Fact]
    public async Task Uses_the_copy_when_the_end_is_cut_off()
    {
        (byte[] file, byte[] content) = await MakeAsync("Dynamic");
        var warnings = new List<string>();
        await using IDiskImage image = await DiskFormatRegistry.CreateDefault(new MemoryDiskFiles()).OpenAsync(
            new MemoryBlockDevice(file.AsSpan(0, file.Length - 512)), "/cut.vhd", new DiskOpenOptions { Observer = new Listener(warnings) }, Token);
        byte[] read = new byte[content.Length];
        await image.ReadAsync(0, read, Token);
        Assert.Equal(content, read);
        Assert.Single(image.ToleratedDamage);
        Assert.Contains("/cut.vhd", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_footers_of_511_bytes()
    {
        (byte[] file, byte[] content) = await MakeAsync("Fixed");
        await using IDiskImage image = await OpenAsync(file[..^1]);
        byte[] read = new byte[content.Length];
        await image.ReadAsync(0, read, Token);
        Assert.Equal(content, read);
    }

    [Fact]
    public async Task Reads_foreign_images_with_wrong_checksums_only_when_told_to()
    {
        using var folder = new TemporaryFolder();
        TestData.Unpack("vdisk", "image.vhd.gz", folder.Path);
        string child = TestData.Unpack("vdisk", "image-differential.vhd.gz", folder.Path);
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault();
        await Assert.ThrowsAsync<InvalidFormatException>(async () => await registry.OpenAsync(child, null, Token));
        await using IDiskImage image = await registry.OpenAsync(child, new DiskOpenOptions { DamageTolerance = DamageTolerance.WrongChecksum }, Token);
        Assert.Equal(2, image.ToleratedDamage.Count);
        Assert.Single(image.Parent!.ToleratedDamage);
        Assert.Equal(image.Parent.Identity.DiskId, image.Identity.ParentId);
        byte[] ours = new byte[image.Length];
        await image.ReadAsync(0, ours, Token);
        using var mounted = new MountedDisk(child);
        Assert.Equal(await File.ReadAllBytesAsync(mounted.Disk, Token), ours);
    }

    [Theory]
    [InlineData(0L, 512)]
    [InlineData(1000L, 4096)]
    [InlineData((2040L << 30) + 1, 512)]
    public async Task Refuses_disks_it_cannot_hold(long length, int sectorSize)
    {
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await new VhdFormat().CreateAsync(
            new MemoryDiskFiles(), "/a.vhd", new DiskCreateOptions { Length = length, UniqueId = Guid.NewGuid(), LogicalSectorSize = sectorSize }, Token));
        Assert.Equal("DiskNotRepresentable", error.ErrorId);
        Assert.NotEmpty(error.RecommendedAction);
    }

    [Fact]
    public async Task Rounds_up_to_whole_sectors()
    {
        await using IDiskImage image = await new VhdFormat().CreateAsync(
            new MemoryDiskFiles(), "/a.vhd", new DiskCreateOptions { Length = 1025, UniqueId = Guid.NewGuid() }, Token);
        Assert.Equal(1536, image.Length);
    }

    [Fact]
    public async Task A_writer_that_failed_refuses_to_go_on()
    {
        int writes = 0;
        var files = new FaultyFiles(operation => operation.Kind == BlockOperationKind.Write && ++writes == 5 ? BlockFault.Fail : BlockFault.None);
        await using IDiskImage image = await new VhdFormat().CreateAsync(files, "/a.vhd", new DiskCreateOptions { Length = 10 << 20, UniqueId = Guid.NewGuid() }, Token);
        StorageException? error = null;
        for (int i = 0; i < 5 && error is null; i++)
        {
            error = await Record.ExceptionAsync(async () => await image.WriteAsync(i << 21, new byte[] { 1 }, Token)) as StorageException;
        }

        Assert.Equal("WriteFailed", error?.ErrorId);
        error = await Assert.ThrowsAsync<StorageException>(async () => await image.FlushAsync(Token));
        Assert.Equal("ObjectUnusable", error.ErrorId);
        error = await Assert.ThrowsAsync<StorageException>(async () => await image.WriteAsync(0, new byte[] { 1 }, Token));
        Assert.Equal("ObjectUnusable", error.ErrorId);
    }

    private static async Task<IDiskImage> OpenAsync(byte[] file, DamageTolerance tolerance = DamageTolerance.None) =>
        await DiskFormatRegistry.CreateDefault(new MemoryDiskFiles()).OpenAsync(
            new MemoryBlockDevice(file), null, new DiskOpenOptions { DamageTolerance = tolerance }, Token);

    private static async Task<(byte[] File, byte[] Content)> MakeAsync(string subFormat)
    {
        var files = new MemoryDiskFiles();
        byte[] content = SparseContent.Make(17, 3_000_320);
        await using (IDiskImage image = await new VhdFormat().CreateAsync(
            files, "/a.vhd", new DiskCreateOptions { Length = content.Length, UniqueId = Guid.NewGuid(), SubFormat = subFormat }, Token))
        {
            await image.WriteAsync(0, content, Token);
            await image.FlushAsync(Token);
        }

        byte[] file = new byte[files.Files["/a.vhd"].Length];
        await files.Files["/a.vhd"].ReadAsync(0, file, Token);
        return (file, content);
    }

    private sealed class Listener(List<string> warnings) : IOperationObserver
    {
        public void OnProgress(OperationProgress progress)
        {
        }

        public void OnWarning(string message) => warnings.Add(message);

        public void OnVerbose(string message)
        {
        }
    }
}
