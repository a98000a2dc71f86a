using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vmdk;

/// <summary>Every kind of VMDK that qemu-img makes, read byte for byte, and kinds that it does not make, put together by hand.</summary>
public sealed class VmdkReadTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("monolithicSparse", 1)]
    [InlineData("monolithicFlat", 2)]
    [InlineData("twoGbMaxExtentSparse", 2)]
    [InlineData("twoGbMaxExtentFlat", 2)]
    [InlineData("streamOptimized", 1)]
    public async Task Reads_what_qemu_writes(string kind, int files)
    {
        byte[] content = SparseContent.Make(kind.Length, (9 << 20) + (3 * 512), dataShare: 0.3, longestRun: 300_000);
        string path = QemuImages.Convert(folder, content, "disk.vmdk", "-O", "vmdk", "-o", $"subformat={kind}");
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        Assert.Equal("VMDK", image.FormatName);
        Assert.Equal(kind, image.SubFormat);
        Assert.Equal(files, image.Files.Count);
        Assert.Equal(image.Files.Sum(file => new FileInfo(file).Length), image.FileLength);
        await QemuImages.CheckAsync(image, content);
    }

    [Fact]
    public async Task Reads_zero_grains()
    {
        byte[] content = SparseContent.Make(7, 4 << 20, dataShare: 1);
        string path = QemuImages.Convert(folder, content, "disk.vmdk", "-O", "vmdk", "-o", "zeroed_grain=on");
        ForeignTool.Check("qemu-io", "-f", "vmdk", "-c", "write -z 1M 1M", "-c", "write -P 7 3M 128k", path);
        content.AsSpan(1 << 20, 1 << 20).Clear();
        content.AsSpan(3 << 20, 128 << 10).Fill(7);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        await QemuImages.CheckAsync(image, content);
        Assert.Equal(3 << 20, await QemuImages.DataBytesAsync(image));
    }

    [Theory]
    [InlineData("twoGbMaxExtentSparse", 3)]
    [InlineData("twoGbMaxExtentFlat", 3)]
    [InlineData("monolithicSparse", 1)]
    public async Task Reads_across_extents_of_two_gibibytes(string kind, int extents)
    {
        string path = folder.File("large.vmdk");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "vmdk", "-o", $"subformat={kind}", path, "5G");
        long[] places = [0, (2L << 30) - 65536, (4L << 30) - 100_000, (5L << 30) - 4096];
        ForeignTool.Check("qemu-io", ["-f", "vmdk", .. places.SelectMany((place, i) => new[] { "-c", $"write -P {i + 1} {place / 512 * 512} {(i == 3 ? 4096 : 131072)}" }), path]);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        Assert.Equal(5L << 30, image.Length);
        Assert.Equal(extents, image.Files.Count(file => new FileInfo(file).Length > 10_000));
        for (int i = 0; i < places.Length; i++)
        {
            byte[] buffer = new byte[i == 3 ? 4096 : 131072];
            await image.ReadAsync(places[i] / 512 * 512, buffer, CancellationToken.None);
            Assert.False(buffer.AsSpan().ContainsAnyExcept((byte)(i + 1)), $"Place {i} differs.");
        }

        Assert.InRange(await QemuImages.DataBytesAsync(image), 1, 1 << 20);
    }

    [Fact]
    public async Task Reads_flat_and_zero_extents_of_several_files()
    {
        byte[] content = SparseContent.Make(3, 3 << 20, dataShare: 1);
        content.AsSpan(1 << 20, 1 << 20).Clear();
        await File.WriteAllBytesAsync(folder.File("a b.bin"), [.. new byte[1024], .. content[..(1 << 20)]]);
        await File.WriteAllBytesAsync(folder.File("c-flat.vmdk"), content[(2 << 20)..]);
        await File.WriteAllTextAsync(folder.File("disk.vmdk"), """

            # Disk DescriptorFile
            version=1
            CID = 0000002a
            parentCID=ffffffff
            createType="custom"
            RW 2048 FLAT "a b.bin" 2
            RW 2048 ZERO
            RDONLY 1000 VMFS "c-flat.vmdk"
            RW 1048 FLAT "c-flat.vmdk" 1000
            ddb.uuid = "60 00 C2 91 02 03 04 05-06 07 08 09 0a 0b 0c 0d"
            """);
        await using IDiskImage image = await QemuImages.OpenAsync(folder.File("disk.vmdk"));
        await QemuImages.CheckAsync(image, content);
        Assert.Equal(42u, image.Identity.ContentId);
        Assert.Equal(new Guid("6000c291-0203-0405-0607-08090a0b0c0d"), image.Identity.DiskId);
        Assert.Equal(3, image.Files.Count);
    }

    [Fact]
    public async Task Reads_a_chain_three_deep()
    {
        byte[] content = SparseContent.Make(5, 5 << 20, dataShare: 0.5, longestRun: 200_000);
        QemuImages.Convert(folder, content, "base.vmdk", "-O", "vmdk");
        foreach ((string name, string parent, int seed) in new[] { ("middle.vmdk", "base.vmdk", 1), ("top.vmdk", "middle.vmdk", 2) })
        {
            ForeignTool.Check("sh", "-c", $"cd '{folder.Path}' && qemu-img create -q -f vmdk -b {parent} -F vmdk {name}");
            var random = new Random(seed);
            for (int i = 0; i < 8; i++)
            {
                int offset = random.Next(content.Length / 512) * 512;
                int length = Math.Min((1 + random.Next(200)) * 512, content.Length - offset);
                byte value = (byte)random.Next(1, 256);
                content.AsSpan(offset, length).Fill(value);
                ForeignTool.Check("qemu-io", "-f", "vmdk", "-c", $"write -P {value} {offset} {length}", folder.File(name));
            }
        }

        await using (IDiskImage image = await QemuImages.OpenAsync(folder.File("top.vmdk")))
        {
            await QemuImages.CheckAsync(image, content);
            Assert.Equal(folder.File("base.vmdk"), image.Parent!.Parent!.Path);
            Assert.Equal(image.Identity.ParentContentId, image.Parent.Identity.ContentId);
        }

        // A parent that was written to since is not the parent any more.
        string text = await File.ReadAllTextAsync(folder.File("middle.vmdk"), System.Text.Encoding.Latin1);
        int at = text.IndexOf("\nCID=", StringComparison.Ordinal) + 5;
        using (FileStream file = File.OpenWrite(folder.File("middle.vmdk")))
        {
            file.Position = at;
            file.Write("00000001"u8);
        }

        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(folder.File("top.vmdk")));
        Assert.Contains("content id", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uses_the_redundant_grain_directory_and_says_so()
    {
        byte[] content = SparseContent.Make(2, 2 << 20, dataShare: 1);
        string path = QemuImages.Convert(folder, content, "disk.vmdk", "-O", "vmdk");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int directory = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(56)) * 512;
        bytes.AsSpan(directory, 4).Fill(0x7F);
        await File.WriteAllBytesAsync(path, bytes);
        await using (IDiskImage image = await QemuImages.OpenAsync(path))
        {
            await QemuImages.CheckAsync(image, content);
            Assert.Contains("redundant", Assert.Single(image.ToleratedDamage), StringComparison.Ordinal);
        }

        int redundant = (int)System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(48)) * 512;
        bytes.AsSpan(redundant, 4).Fill(0x7F);
        await File.WriteAllBytesAsync(path, bytes);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal("grain directory", error.Structure);
    }

    [Fact]
    public async Task Finds_damage_in_compressed_grains()
    {
        byte[] content = SparseContent.Make(2, 1 << 20, dataShare: 1);
        string path = QemuImages.Convert(folder, content, "disk.vmdk", "-O", "vmdk", "-o", "subformat=streamOptimized");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int grain = bytes.Length - 40_000;
        bytes[grain] ^= 1;
        await File.WriteAllBytesAsync(path, bytes);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        await Assert.ThrowsAsync<InvalidFormatException>(async () => await image.ReadAsync(0, new byte[image.Length], CancellationToken.None));
    }
}
