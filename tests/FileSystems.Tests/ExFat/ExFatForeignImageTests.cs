using Portability.FileSystems.ExFat;
using Xunit;

namespace Portability.FileSystems.Tests.ExFat;

public sealed class ExFatForeignImageTests
{
    [Fact]
    public async Task A_volume_of_others_holds_what_other_tools_found_on_it()
    {
        int count = await ForeignImages.ForEachAsync("disk", new ExFatFormat(), ["exFAT"], async (volume, expected) =>
        {
            Assert.Equal("2102-A7E9", volume.Information.Id);
            Assert.Equal(expected.GetProperty("cluster_size").GetString(), volume.Information.UnitSize.ToString());
            Assert.Equal(VolumeState.HasErrors, volume.Information.State); // it is a part of a larger volume
            Assert.Contains("has 103809024 bytes, its device has 41943040", Assert.Single(volume.Information.Findings));
            Assert.Equal(2, await ExpectedFiles.CompareAsync(volume, expected, byInode: false, path => path.StartsWith('$')));
        });
        Assert.Equal(1, count);
    }
}
