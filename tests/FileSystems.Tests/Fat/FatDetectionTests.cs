using Portability.FileSystems.ExFat;
using Portability.FileSystems.Fat;
using Portability.FileSystems.Tests.ExFat;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatDetectionTests
{
    [Theory]
    [InlineData(FatType.Fat12)]
    [InlineData(FatType.Fat16)]
    [InlineData(FatType.Fat32)]
    internal void Only_FAT_matches_FAT(FatType type)
    {
        byte[] image = new FatImageBuilder(type, type == FatType.Fat16 ? 4085 : 100).Image;
        Assert.True(new FatFormat().Matches(image));
        Assert.False(new ExFatFormat().Matches(image));
    }

    [Fact]
    public void Only_exFAT_matches_exFAT()
    {
        byte[] image = new ExFatImageBuilder().Image;
        Assert.False(new FatFormat().Matches(image));
        Assert.True(new ExFatFormat().Matches(image));
    }

    [Fact]
    public void A_disk_with_partitions_is_no_volume()
    {
        byte[] image = new FatImageBuilder(FatType.Fat12, 100).Image;
        byte[] entry = [0x80, 1, 1, 0, 0x0C, 9, 9, 9, 0, 8, 0, 0, 0, 0, 1, 0];
        entry.CopyTo(image, 446);
        Assert.False(new FatFormat().Matches(image));
        image[446 + 9] = 0; // from sector 0 on: what mkfs.fat writes for firmware
        Assert.True(new FatFormat().Matches(image));
    }

    [Theory]
    [InlineData(3, "4E54465320202020")] // NTFS
    [InlineData(3, "2D4656452D46532D")] // BitLocker
    [InlineData(424, "3BD66749292ED84A8399F6A339E3D001")] // BitLocker To Go
    [InlineData(54, "4850465320202020")] // HPFS
    [InlineData(0, "FA")] // no jump
    [InlineData(510, "0000")]
    [InlineData(11, "0001")] // sectors of 256 bytes
    [InlineData(13, "03")]
    [InlineData(14, "0000")]
    [InlineData(16, "00")]
    [InlineData(17, "0100")] // a root directory of one record
    [InlineData(21, "F1")]
    [InlineData(22, "FFFF")] // FATs larger than the volume
    public void Other_boot_sectors_do_not_match(int at, string bytes)
    {
        byte[] image = new FatImageBuilder(FatType.Fat12, 100).Image;
        Convert.FromHexString(bytes).CopyTo(image, at);
        Assert.False(new FatFormat().Matches(image));
    }

    [Fact]
    public void Other_data_of_others_does_not_match()
    {
        string[] kinds = ["ext", "ntfs", "disk", "vdisk", "hives", "bcd"]; // of `disk` the partition tables
        using var folder = new TemporaryFolder();
        int count = 0;
        foreach (string kind in kinds)
        {
            foreach (string file in Directory.GetFiles(TestData.Path(kind, string.Empty), "*.gz"))
            {
                using FileStream content = File.OpenRead(TestData.Unpack(kind, Path.GetFileName(file), folder.Path));
                byte[] head = new byte[VolumeProbe.HeadSize];
                int length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
                Assert.False(new FatFormat().Matches(head.AsSpan(0, length)), file);
                Assert.False(new ExFatFormat().Matches(head.AsSpan(0, length)), file);
                count++;
            }
        }

        Assert.True(count > 20, $"{count} files were seen.");
    }

    [Fact]
    public void Random_bytes_do_not_match()
    {
        var random = new Random(7);
        byte[] head = new byte[VolumeProbe.HeadSize];
        for (int i = 0; i < 2000; i++)
        {
            random.NextBytes(head.AsSpan(0, 4096));
            head[0] = 0xEB;
            head[2] = 0x90;
            head[510] = 0x55;
            head[511] = 0xAA;
            Assert.False(new FatFormat().Matches(head));
            Assert.False(new ExFatFormat().Matches(head));
        }

        for (int length = 0; length < 600; length++)
        {
            Assert.False(new FatFormat().Matches(new byte[length]));
            Assert.False(new ExFatFormat().Matches(new byte[length]));
        }
    }
}
