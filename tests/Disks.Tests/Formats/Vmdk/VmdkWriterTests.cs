using Portability.Disks.Formats;
using Portability.Disks.Formats.Vmdk;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vmdk;

/// <summary>Disks written here, as qemu-img sees them.</summary>
public sealed class VmdkWriterTests : IDisposable
{
    private static readonly DiskFormatRegistry Registry = DiskFormatRegistry.CreateDefault();

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(null, "lsilogic", 64, 32)]
    [InlineData("IDE", "ide", 16, 63)]
    [InlineData("legacyesx", "legacyESX", 64, 32)]
    public async Task Writes_what_qemu_accepts(string? adapter, string written, int heads, int sectors)
    {
        byte[] content = SparseContent.Make(7, (20 << 20) + 512, dataShare: 0.3, longestRun: 500_000);
        string path = folder.File("näme 1.vmdk");
        DiskCreateOptions options = Options(content.Length) with { AdapterType = adapter };
        Guid? id;
        await using (IDiskImage image = await Registry.CreateAsync(path, "vmdk", options, Token))
        {
            Assert.Equal([path, folder.File("näme 1-flat.vmdk")], image.Files);
            await Parallel.ForEachAsync(Enumerable.Range(0, 21), Token, async (i, token) =>
                await image.WriteAsync(i << 20, content.AsMemory(i << 20, Math.Min(1 << 20, content.Length - (i << 20))), token));
            await image.FlushAsync(Token);
            id = image.Identity.DiskId;
        }

        ForeignTool.Check("qemu-img", "compare", "-f", "raw", "-F", "vmdk", QemuImages.WriteRaw(folder, content), path);
        string text = await File.ReadAllTextAsync(path, Token);
        Assert.Contains($"ddb.adapterType = \"{written}\"\n", text, StringComparison.Ordinal);
        Assert.Contains($"ddb.geometry.heads = \"{heads}\"\nddb.geometry.sectors = \"{sectors}\"\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
        await using IDiskImage read = await QemuImages.OpenAsync(path);
        Assert.Equal("monolithicFlat", read.SubFormat);
        Assert.Equal(id, read.Identity.DiskId);
        await QemuImages.CheckAsync(read, content);
    }

    [Fact]
    public async Task Names_the_extent_after_the_final_name()
    {
        string path = folder.File(".temporary.vmdk");
        await using (IDiskImage image = await Registry.CreateAsync(path, "VMDK", Options(1 << 20) with { FinalName = "web01-0.vmdk" }, Token))
        {
            Assert.Equal(folder.File(".temporary-flat.vmdk"), image.Files[1]);
            await image.WriteAsync(5, new byte[] { 1, 2, 3 }, Token);
            await image.FlushAsync(Token);
        }

        File.Move(path, folder.File("web01-0.vmdk"));
        File.Move(folder.File(".temporary-flat.vmdk"), folder.File("web01-0-flat.vmdk"));
        byte[] expected = new byte[1 << 20];
        expected[5] = 1;
        expected[6] = 2;
        expected[7] = 3;
        await using IDiskImage read = await QemuImages.OpenAsync(folder.File("web01-0.vmdk"));
        await QemuImages.CheckAsync(read, expected);
    }

    [Fact]
    public async Task Refuses_what_the_format_cannot_hold()
    {
        foreach (DiskCreateOptions options in new[]
        {
            Options(4096) with { LogicalSectorSize = 4096 },
            Options(4096) with { AdapterType = "nvme" },
            Options(4096) with { SubFormat = "monolithicSparse" },
            Options(4096) with { FinalName = "a\"b.vmdk" },
            Options(63L << 40),
        })
        {
            await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await Registry.CreateAsync(folder.File("new.vmdk"), "VMDK", options, Token));
        }

        await File.WriteAllTextAsync(folder.File("new-flat.vmdk"), "kept", Token);
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await Registry.CreateAsync(folder.File("new.vmdk"), "VMDK", Options(4096), Token));
        Assert.Equal("FileExists", error.ErrorId);
        Assert.Equal([folder.File("new-flat.vmdk")], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(512L << 20, false, 512, 64, 32)]
    [InlineData(1L << 30, false, 512, 128, 32)]
    [InlineData(2L << 30, false, 261, 255, 63)]
    [InlineData(16L << 30, false, 2088, 255, 63)]
    [InlineData(2L << 40, false, 267349, 255, 63)]
    [InlineData(5L << 30, true, 10402, 16, 63)]
    [InlineData(100L << 30, true, 16383, 16, 63)]
    [InlineData(512, false, 1, 64, 32)]
    public void Computes_geometry_as_vmware_does(long length, bool isIde, long cylinders, int heads, int sectors) =>
        Assert.Equal(new VmdkGeometry(cylinders, heads, sectors), VmdkGeometry.Compute(length, isIde));

    private static DiskCreateOptions Options(long length) => new() { Length = length, UniqueId = new Guid("d247cbb2-15b6-404b-9133-790733d694c0") };
}
