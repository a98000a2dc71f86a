using System.Globalization;
using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Random sparse disks through QEMU's writers and our readers, and through our writers and QEMU's and libvhdi's readers.</summary>
public sealed class QemuDiskTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("vpc", "subformat=dynamic")]
    [InlineData("vpc", "subformat=dynamic,force_size=on")]
    [InlineData("vpc", "subformat=fixed")]
    [InlineData("vpc", "subformat=fixed,force_size=on")]
    [InlineData("vhdx", "subformat=dynamic")]
    [InlineData("vhdx", "subformat=dynamic,block_size=1M")]
    [InlineData("vhdx", "subformat=dynamic,block_size=256M,block_state_zero=off")]
    [InlineData("vhdx", "subformat=fixed")]
    [InlineData("vhdx", "subformat=fixed,block_size=8M")]
    public async Task Reads_what_qemu_writes(string format, string options)
    {
        byte[] content = SparseContent.Make(options.Length, 7_340_032 + 1536, longestRun: 1_500_000);
        string raw = folder.File("raw.img");
        await File.WriteAllBytesAsync(raw, content, Token);
        string path = folder.File("image." + format);
        ForeignTool.Check("qemu-img", "convert", "-f", "raw", "-O", format, "-o", options, raw, path);
        await using IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(path, null, Token);
        Assert.Equal(string.Equals(format, "vpc", StringComparison.Ordinal) ? "VHD" : "VHDX", image.FormatName);
        Assert.Contains(image.SubFormat, options, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(image.Length, content.Length, content.Length + (256 << 10));
        await CheckAsync(image, content);
    }

    [Theory]
    [InlineData("VHD", "Dynamic", null, 512)]
    [InlineData("VHD", "Dynamic", 524288L, 512)]
    [InlineData("VHD", "Fixed", null, 512)]
    [InlineData("VHDX", "Dynamic", null, 512)]
    [InlineData("VHDX", "Dynamic", 1048576L, 512)]
    [InlineData("VHDX", "Dynamic", 268435456L, 512)]
    [InlineData("VHDX", "Fixed", null, 512)]
    [InlineData("VHDX", "Fixed", 1048576L, 512)]
    [InlineData("VHDX", "Dynamic", 2097152L, 4096)]
    [InlineData("VHDX", "Fixed", 2097152L, 4096)]
    [InlineData("Raw", "File", null, 512)]
    public async Task Writes_what_qemu_and_libvhdi_read(string format, string subFormat, long? blockSize, int sectorSize)
    {
        byte[] content = SparseContent.Make(format.Length + subFormat.Length, (9 << 20) + (sectorSize * 3), longestRun: 1_500_000);
        string raw = folder.File("raw.img");
        await File.WriteAllBytesAsync(raw, content, Token);
        string path = folder.File("image");
        await WriteAsync(path, format, new DiskCreateOptions
        {
            Length = content.Length, UniqueId = Guid.NewGuid(), SubFormat = subFormat, BlockSize = blockSize, LogicalSectorSize = sectorSize,
        }, content);
        string foreign = format switch { "VHD" => "vpc", "VHDX" => "vhdx", _ => "raw" };
        if (sectorSize == 512) // QEMU knows no other.
        {
            ForeignTool.Check("qemu-img", "compare", "-f", "raw", "-F", foreign, raw, path);
            if (string.Equals(foreign, "vhdx", StringComparison.Ordinal))
            {
                ForeignTool.Check("qemu-img", "check", "-f", foreign, path);
            }
        }

        if (foreign is not "raw")
        {
            string facts = ForeignTool.Check("vhdiinfo", path);
            Assert.Contains($"({content.Length} bytes)", facts, StringComparison.Ordinal);
            Assert.Contains(subFormat, facts, StringComparison.Ordinal);
            Assert.Contains($"Bytes per sector	: {sectorSize}", facts, StringComparison.Ordinal);
        }

        await using IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(path, null, Token);
        Assert.Equal((format, subFormat, sectorSize), (image.FormatName, image.SubFormat, image.LogicalSectorSize));
        await CheckAsync(image, content);
    }

    [Theory]
    [InlineData("Dynamic")]
    [InlineData("Fixed")]
    public async Task Vhd_shows_every_byte_of_any_size_to_qemu(string subFormat)
    {
        // Sizes at the steps of the geometry's computation, and such that no geometry holds.
        long[] sizes =
        [
            512, 1024, 104_448, (17 * 4 * 1024 * 512) - 512, 17 * 4 * 1024 * 512, (17 * 4 * 1024 * 512) + 512, 123_456_512, 1L << 30, (1L << 30) + 512,
            (31L * 16 * 1024 * 512) + 512, (65535L * 16 * 63 * 512) - 512, 65535L * 16 * 63 * 512, 127L << 30, (65535L * 16 * 255 * 512) + 512, 2040L << 30,
        ];
        foreach (long size in sizes.Where(size => subFormat == "Dynamic" || size < 1L << 37))
        {
            string path = folder.File(size.ToString(CultureInfo.InvariantCulture) + ".vhd");
            byte[] last = new byte[512];
            last.AsSpan().Fill(0x5A);
            await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().CreateAsync(
                path, "VHD", new DiskCreateOptions { Length = size, UniqueId = Guid.NewGuid(), SubFormat = subFormat }, Token))
            {
                await image.WriteAsync(size - 512, last, Token);
                await image.FlushAsync(Token);
            }

            string facts = ForeignTool.Check("qemu-img", "info", "-f", "vpc", "--output=json", path);
            Assert.Contains($"\"virtual-size\": {size}", facts, StringComparison.Ordinal);
            string pattern = string.Create(CultureInfo.InvariantCulture, $"read -P 0x5a {size - 512} 512");
            Assert.DoesNotContain("failed", ForeignTool.Check("qemu-io", "-r", "-f", "vpc", "-c", pattern, path), StringComparison.OrdinalIgnoreCase);
            Assert.Contains($"({size} bytes)", ForeignTool.Check("vhdiinfo", path), StringComparison.Ordinal);
            File.Delete(path);
        }
    }

    private static async Task WriteAsync(string path, string format, DiskCreateOptions options, byte[] content)
    {
        await using IDiskImage image = await DiskFormatRegistry.CreateDefault().CreateAsync(path, format, options, Token);
        const int Part = 777_777;
        await Parallel.ForEachAsync(Enumerable.Range(0, (content.Length + Part - 1) / Part), Token, async (i, token) =>
            await image.WriteAsync((long)i * Part, content.AsMemory(i * Part, Math.Min(Part, content.Length - (i * Part))), token));
        await image.FlushAsync(Token);
    }

    private static async Task CheckAsync(IDiskImage image, byte[] content)
    {
        byte[] read = new byte[content.Length];
        await image.ReadAsync(0, read, Token);
        Assert.Equal(content.Length, content.AsSpan().CommonPrefixLength(read));
        byte[] rest = new byte[image.Length - content.Length];
        await image.ReadAsync(content.Length, rest, Token);
        Assert.Equal(-1, rest.AsSpan().IndexOfAnyExcept((byte)0));
        long at = 0;
        await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, Token))
        {
            Assert.Equal(at, extent.Offset);
            at = extent.End;
            if (extent.IsZero && extent.Offset < content.Length)
            {
                int length = (int)(Math.Min(extent.End, content.Length) - extent.Offset);
                Assert.False(content.AsSpan((int)extent.Offset, length).ContainsAnyExcept((byte)0), $"{extent} holds data.");
            }
        }

        Assert.Equal(image.Length, at);
    }
}
