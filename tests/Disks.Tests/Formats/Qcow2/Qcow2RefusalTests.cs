using System.Buffers.Binary;
using System.Text;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Qcow2;

/// <summary>What is not read is refused by name, with what to type instead.</summary>
public sealed class Qcow2RefusalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Refuses_version_1()
    {
        string path = QemuImages.Convert(folder, new byte[65536], "disk.qcow", "-O", "qcow");
        await RefusedAsync(path, "Qcow1NotRead", "QCOW version 1", "qemu-img convert -f qcow");
    }

    [Fact]
    public async Task Refuses_encryption()
    {
        string path = folder.File("disk.qcow2");
        ForeignTool.Check(
            "qemu-img", "create", "-q", "--object", "secret,id=s,data=secret", "-f", "qcow2", "-o", "encrypt.format=aes,encrypt.key-secret=s", path, "1M");
        await RefusedAsync(path, "Qcow2Encrypted", "AES", "encrypt.key-secret");
        Patch(path, 32, 2);
        await RefusedAsync(path, "Qcow2Encrypted", "LUKS", "encrypt.key-secret");
    }

    [Fact]
    public async Task Refuses_zstd()
    {
        string path = QemuImages.Convert(folder, SparseContent.Make(1, 1 << 20), "disk.qcow2", "-c", "-O", "qcow2", "-o", "compression_type=zstd");
        await RefusedAsync(path, "Qcow2CompressionType", "zstd", "compression_type=zlib");
    }

    [Fact]
    public async Task Refuses_unknown_features_by_their_name()
    {
        string path = Make();
        byte[] bytes = await File.ReadAllBytesAsync(path);
        bytes[72] = 0x20; // Bit 61, of which the file says no name.
        await File.WriteAllBytesAsync(path, bytes);
        await RefusedAsync(path, "Qcow2UnknownFeature", "bit 61", "qemu-img");
        bytes[72] = 0;
        bytes[72 + 6] = 0x02; // Bit 9.
        int names = bytes.AsSpan(0, 4096).IndexOf("dirty bit"u8) - 2;
        bytes[names + 1] = 9;
        Encoding.ASCII.GetBytes("time travel\0", bytes.AsSpan(names + 2));
        await File.WriteAllBytesAsync(path, bytes);
        await RefusedAsync(path, "Qcow2UnknownFeature", "'time travel' (bit 9)", "qemu-img");
    }

    [Fact]
    public async Task Refuses_an_image_marked_corrupt_unless_told_otherwise()
    {
        string path = Make();
        Patch(path, 76, 2);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(path));
        Assert.Contains("marked as corrupt", error.Message, StringComparison.Ordinal);
        Assert.Contains("qemu-img check -r all", error.RecommendedAction, StringComparison.Ordinal);
        await using IDiskImage image = await QemuImages.OpenAsync(path, new DiskOpenOptions { DamageTolerance = DamageTolerance.MarkedCorrupt });
        Assert.Single(image.ToleratedDamage);
    }

    [Fact]
    public async Task Reads_an_image_marked_dirty()
    {
        string path = Make();
        Patch(path, 76, 1);
        await using IDiskImage image = await QemuImages.OpenAsync(path);
        await QemuImages.CheckAsync(image, SparseContent.Make(1, 1 << 20));
        Assert.True(((Portability.Disks.Formats.Qcow2.IQcow2Image)image).IsDirty);
    }

    [Theory]
    [InlineData("json:{\"driver\":\"nbd\"}", "qcow2", "Qcow2BackingProtocol")]
    [InlineData("nbd://host/disk", "raw", "Qcow2BackingProtocol")]
    [InlineData("ssh:host/disk", "raw", "Qcow2BackingProtocol")]
    [InlineData("base.vdi", "vdi", "Qcow2BackingFormat")]
    [InlineData("base.qed", "qed", "Qcow2BackingFormat")]
    public async Task Refuses_parents_that_are_no_files(string name, string format, string id)
    {
        string path = folder.File("disk.qcow2");
        ForeignTool.Check("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", format, "-b", name, path, "1M");
        await RefusedAsync(path, id, id == "Qcow2BackingProtocol" ? name : format, "qemu-img convert");
    }

    [Fact]
    public async Task Finds_a_missing_parent_by_the_path_that_is_given()
    {
        byte[] content = SparseContent.Make(2, 1 << 20);
        string parent = QemuImages.Convert(folder, content, "base.qcow2", "-O", "qcow2");
        string path = folder.File("disk.qcow2");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "file:" + parent, path);
        await using (IDiskImage image = await QemuImages.OpenAsync(path))
        {
            await QemuImages.CheckAsync(image, content);
        }

        string moved = Path.Combine(Directory.CreateDirectory(folder.File("elsewhere")).FullName, "renamed.qcow2");
        File.Move(parent, moved);
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal("ParentNotFound", error.ErrorId);
        await using IDiskImage found = await QemuImages.OpenAsync(path, new DiskOpenOptions { ParentPaths = [moved] });
        await QemuImages.CheckAsync(found, content);
    }

    [Fact]
    public async Task Refuses_a_circular_chain()
    {
        foreach ((string name, string backing) in new[] { ("a.qcow2", "b.qcow2"), ("b.qcow2", "c.qcow2"), ("c.qcow2", "a.qcow2") })
        {
            ForeignTool.Check("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", backing, folder.File(name), "1M");
        }

        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(folder.File("a.qcow2")));
        Assert.Contains("names itself", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(20, 8)]
    [InlineData(20, 22)]
    [InlineData(36, 0)]
    [InlineData(36, 0x7FFFFFFF)]
    [InlineData(44, 0x1234)]
    [InlineData(44, 0x40000000)]
    [InlineData(96, 7)]
    [InlineData(100, 103)]
    [InlineData(100, 0x100000)]
    [InlineData(24, 0x7FFFFFFF)]
    public async Task Refuses_headers_that_make_no_sense(int offset, uint value)
    {
        string path = Make();
        Patch(path, offset, value);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal("header", error.Structure);
        Assert.Equal(path, error.TargetName);
    }

    [Fact]
    public async Task Finds_a_truncated_file_when_it_reads_there()
    {
        string path = Make();
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - 200_000);
        }

        await using IDiskImage image = await QemuImages.OpenAsync(path);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(
            async () => await image.ReadAsync(0, new byte[image.Length], CancellationToken.None));
        Assert.Contains("past the end", error.Message, StringComparison.Ordinal);
    }

    private string Make() => QemuImages.Convert(folder, SparseContent.Make(1, 1 << 20), "disk.qcow2", "-O", "qcow2");

    private static void Patch(string path, int offset, uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        using FileStream file = File.OpenWrite(path);
        file.Position = offset;
        file.Write(bytes);
    }

    private static async Task RefusedAsync(string path, string id, string named, string advice)
    {
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal(id, error.ErrorId);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains(advice, error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(path, error.TargetName);
    }
}
