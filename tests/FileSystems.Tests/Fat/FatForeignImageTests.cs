using Portability.FileSystems.Fat;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatForeignImageTests
{
    private static readonly string[] Types = ["FAT12", "FAT16", "FAT32"];

    [Theory]
    [InlineData("fat", 1, 4)]
    [InlineData("disk", 2, 10)]
    public async Task Volumes_of_others_hold_what_other_tools_found_on_them(string kind, int volumes, int files)
    {
        int hashed = 0;
        int count = await ForeignImages.ForEachAsync(kind, new FatFormat(), Types, async (volume, expected) =>
        {
            Assert.Equal(expected.GetProperty("type").GetString(), volume.Information.Type);
            Assert.Equal(expected.GetProperty("label").GetString()!.Trim(), volume.Information.Label);
            Assert.Equal(Convert.ToUInt32(expected.GetProperty("volume_id").GetString(), 16).ToString("X8").Insert(4, "-"), volume.Information.Id);
            Assert.Equal(expected.GetProperty("cluster_size").GetString(), volume.Information.UnitSize.ToString());
            hashed += await ExpectedFiles.CompareAsync(volume, expected, byInode: false);
        });
        Assert.Equal(volumes, count);
        Assert.True(hashed >= files, $"{hashed} files were compared.");
    }
}
