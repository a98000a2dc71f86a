using System.Buffers.Binary;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vmdk;

/// <summary>What is not read is refused by name, with what to type instead.</summary>
public sealed class VmdkRefusalTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("VMFSSPARSE \"d-000001-delta.vmdk\"", "VmdkVmfsSparse", "vmkfstools")]
    [InlineData("SESPARSE \"d-000001-sesparse.vmdk\"", "VmdkSeSparse", "vmkfstools")]
    [InlineData("VMFSRDM \"d-rdm.vmdk\"", "VmdkRawDevice", "vmkfstools")]
    [InlineData("FLAT \"/etc/passwd\" 0", "VmdkExtentElsewhere", "beside")]
    [InlineData("FLAT \"../up.vmdk\" 0", "VmdkExtentElsewhere", "beside")]
    [InlineData("FLAT \"sub\\..\\..\\up.vmdk\" 0", "VmdkExtentElsewhere", "beside")]
    [InlineData("SPARSE \"C:\\d.vmdk\"", "VmdkExtentElsewhere", "beside")]
    public async Task Refuses_extents_by_name(string extent, string id, string advice)
    {
        string path = Write($"RW 2048 {extent}");
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal(id, error.ErrorId);
        Assert.Contains(advice, error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal(path, error.TargetName);
    }

    [Theory]
    [InlineData(0x44574F43UL, "VmdkVmfsSparse")]
    [InlineData(0x00000000CAFEBABEUL, "VmdkSeSparse")]
    public async Task Refuses_extent_files_of_esxi(ulong magic, string id)
    {
        byte[] bytes = new byte[4096];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, magic);
        string path = folder.File("delta.vmdk");
        await File.WriteAllBytesAsync(path, bytes);
        Assert.Equal(id, (await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await QemuImages.OpenAsync(path))).ErrorId);
    }

    [Fact]
    public async Task Refuses_encryption()
    {
        string path = Write("RW 2048 ZERO", "encryption.keySafe = \"vmware:key/list\"");
        Assert.Equal("VmdkEncrypted", (await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await QemuImages.OpenAsync(path))).ErrorId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("RW 0 ZERO")]
    [InlineData("RW many FLAT \"a.vmdk\" 0")]
    [InlineData("RW 99999999999999999999 ZERO")]
    [InlineData("RW 9223372036854775807 ZERO")]
    [InlineData("RW 2048 FLAT a.vmdk 0")]
    [InlineData("RW 2048 FLAT \"a.vmdk\" x")]
    [InlineData("RW 2048 FLAT \"\" 0")]
    [InlineData("RW 2048 FLAT")]
    [InlineData("RW 2048 STRANGE \"a.vmdk\"")]
    [InlineData("NOACCESS 2048 FLAT \"a.vmdk\" 0")]
    [InlineData("RW 2049 FLAT \"a.vmdk\" 0")]
    [InlineData("RW 2048 FLAT \"a.vmdk\" 1")]
    [InlineData("RW 2048 FLAT \"a.vmdk\" 18014398509481983")]
    [InlineData("RW 2048 SPARSE \"a.vmdk\"")]
    public async Task Refuses_descriptors_that_make_no_sense(string line)
    {
        await File.WriteAllBytesAsync(folder.File("a.vmdk"), new byte[1 << 20]);
        string path = Write(line);
        await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(path));
    }

    [Fact]
    public async Task Says_that_an_extent_alone_is_no_disk()
    {
        QemuImages.Convert(folder, new byte[1 << 20], "disk.vmdk", "-O", "vmdk", "-o", "subformat=twoGbMaxExtentSparse");
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await QemuImages.OpenAsync(folder.File("disk-s001.vmdk")));
        Assert.Contains("open the descriptor", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_a_missing_extent()
    {
        string path = Write("RW 2048 FLAT \"gone-flat.vmdk\" 0");
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await QemuImages.OpenAsync(path));
        Assert.Equal(folder.File("gone-flat.vmdk"), error.TargetName);
    }

    [Theory]
    [InlineData(4, 4u)]
    [InlineData(77, 2u)]
    [InlineData(73, 0x0A0A0A0Au)]
    [InlineData(20, 129u)]
    [InlineData(20, 0u)]
    [InlineData(44, 0u)]
    [InlineData(44, 513u)]
    [InlineData(16, 0xFFFFu)]
    [InlineData(12, 8u)]
    [InlineData(32, 0xFFFFu)]
    [InlineData(36, 0xFFFFu)]
    public async Task Refuses_headers_that_make_no_sense(int offset, uint value)
    {
        string path = QemuImages.Convert(folder, SparseContent.Make(1, 1 << 20), "disk.vmdk", "-O", "vmdk");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
        await File.WriteAllBytesAsync(path, bytes);
        PortabilityException error = await Assert.ThrowsAnyAsync<PortabilityException>(async () => await QemuImages.OpenAsync(path));
        Assert.True(error is InvalidFormatException or UnsupportedFeatureException);
    }

    private string Write(params string[] lines)
    {
        string path = folder.File("disk.vmdk");
        File.WriteAllLines(path, ["# Disk DescriptorFile", "version=1", "CID=12345678", "parentCID=ffffffff", "createType=\"vmfs\"", .. lines]);
        return path;
    }
}
