using System.Buffers.Binary;
using Portability.Disks.Formats;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Sources;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class SourceSetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_disk_with_a_boot_partition_is_the_boot_disk_and_comes_first()
    {
        await using SourceSet set = await OpenAsync(Disk("data.img", active: false), Disk("system.img", active: true));
        Assert.Equal(["system.img", "data.img"], set.Disks.Select(disk => Path.GetFileName(disk.Image.Name)));
        Assert.Equal([DiskRole.Boot, DiskRole.Data], set.Disks.Select(disk => disk.Role));
        Assert.Equal([0, 1], set.Disks.Select(disk => disk.Number));
        Assert.Equal(FirmwareKind.Bios, set.Firmware);
    }

    [Fact]
    public async Task Without_a_boot_partition_the_first_disk_boots()
    {
        await using SourceSet set = await OpenAsync(Disk("a.img", active: false), Disk("b.img", active: false));
        Assert.Equal([DiskRole.Boot, DiskRole.Data], set.Disks.Select(disk => disk.Role));
    }

    [Fact]
    public async Task What_the_user_says_counts()
    {
        await using SourceSet set = await OpenAsync(
            Disk("a.img", active: true) with { Role = DiskRole.Data }, Disk("b.img", active: false) with { Role = DiskRole.Data });
        Assert.All(set.Disks, disk => Assert.Equal(DiskRole.Data, disk.Role));
    }

    [Fact]
    public async Task An_efi_system_partition_means_uefi()
    {
        await using SourceSet set = await OpenAsync(Disk("a.img", active: false, type: 0xEF));
        Assert.Equal(FirmwareKind.Uefi, set.Firmware);
    }

    [Fact]
    public async Task One_disk_given_twice_is_refused()
    {
        DiskSourceOptions disk = Disk("a.img", active: true);
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(disk, disk));
        Assert.Equal("DiskGivenTwice", error.ErrorId);
    }

    [Theory]
    [InlineData("-s")]
    [InlineData("-P")]
    public async Task One_disk_given_twice_by_a_link_is_refused(string kind)
    {
        DiskSourceOptions disk = Disk("a.img", active: true);
        string link = folder.File("b.img");
        ForeignTool.Check("ln", kind, disk.Path, link);
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(disk, new DiskSourceOptions { Path = link }));
        Assert.Equal("DiskGivenTwice", error.ErrorId);
        Assert.Contains(disk.Path, error.Message, StringComparison.Ordinal);
        Assert.Contains(link, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_device_given_twice_by_a_link_is_refused()
    {
        using var device = new LoopDevice(Disk("a.img", active: true).Path);
        string link = folder.File("device");
        ForeignTool.Check("ln", "-s", device.Path, link);
        StorageException error = await Assert.ThrowsAsync<StorageException>(
            () => OpenAsync(new DiskSourceOptions { Path = device.Path }, new DiskSourceOptions { Path = link }));
        Assert.Equal("DiskGivenTwice", error.ErrorId);
    }

    [Fact]
    public async Task An_extent_given_beside_its_image_is_refused()
    {
        string image = folder.File("a.vmdk");
        ForeignTool.Check("qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", image, "1M");
        StorageException error = await Assert.ThrowsAsync<StorageException>(
            () => OpenAsync(new DiskSourceOptions { Path = image }, new DiskSourceOptions { Path = folder.File("a-flat.vmdk"), Format = "Raw" }));
        Assert.Equal("DiskGivenTwice", error.ErrorId);
    }

    [Fact]
    public async Task A_source_that_stays_as_it_is_passes()
    {
        await using SourceSet set = await OpenAsync(Disk("a.img", active: true));
        await set.CheckUnchangedAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_source_that_is_written_meanwhile_is_named()
    {
        DiskSourceOptions disk = Disk("a.img", active: true);
        await using SourceSet set = await OpenAsync(disk);
        File.SetLastWriteTimeUtc(disk.Path, DateTime.UtcNow.AddSeconds(5));
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => set.CheckUnchangedAsync(CancellationToken.None));
        Assert.Equal("SourceChanged", error.ErrorId);
        Assert.Contains("nothing was committed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_shrinks_meanwhile_is_named_with_both_sizes()
    {
        DiskSourceOptions disk = Disk("a.img", active: true);
        await using SourceSet set = await OpenAsync(disk);
        using (FileStream file = new(disk.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.SetLength(512);
        }

        StorageException error = await Assert.ThrowsAsync<StorageException>(() => set.CheckUnchangedAsync(CancellationToken.None));
        Assert.Equal("SourceChanged", error.ErrorId);
        Assert.Contains("1048576", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_vanishes_is_named()
    {
        DiskSourceOptions disk = Disk("a.img", active: true);
        await using SourceSet set = await OpenAsync(disk);
        File.Delete(disk.Path);
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => set.CheckUnchangedAsync(CancellationToken.None));
        Assert.Equal("SourceVanished", error.ErrorId);
    }

    private static Task<SourceSet> OpenAsync(params DiskSourceOptions[] disks) =>
        SourceSet.OpenAsync(DiskFormatRegistry.CreateDefault(), disks, allowInUse: false, SilentObserver.Instance, CancellationToken.None);

    private DiskSourceOptions Disk(string name, bool active, byte type = 0x83)
    {
        byte[] bytes = new byte[1 << 20];
        bytes[446] = active ? (byte)0x80 : (byte)0;
        bytes[446 + 4] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(446 + 8), 64);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(446 + 12), 1024);
        bytes[510] = 0x55;
        bytes[511] = 0xAA;
        File.WriteAllBytes(folder.File(name), bytes);
        return new DiskSourceOptions { Path = folder.File(name) };
    }
}
