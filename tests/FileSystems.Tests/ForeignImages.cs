using System.Text.Json;
using Portability.Disks.Blocks;
using Portability.Tests;

namespace Portability.FileSystems.Tests;

/// <summary>The volumes of one kind in the test data, opened one after the other.</summary>
internal static class ForeignImages
{
    private const int SectorSize = 512;

    /// <summary>Opens each volume of a type and gives it with what others found on it.</summary>
    /// <param name="kind">Folder of the test data.</param>
    /// <param name="format">Format that must recognise it.</param>
    /// <param name="types">Types as The Sleuth Kit names them.</param>
    /// <param name="check">What is done with it.</param>
    /// <returns>How many there were.</returns>
    public static async Task<int> ForEachAsync(string kind, IFileSystemFormat format, string[] types, Func<IFileSystem, JsonElement, Task> check)
    {
        using JsonDocument expected = TestData.Expected(kind);
        using var folder = new TemporaryFolder();
        int count = 0;
        foreach (JsonElement item in expected.RootElement.GetProperty("items").EnumerateArray())
        {
            JsonElement facts = item.GetProperty("facts");
            JsonElement[] wanted = [.. facts.GetProperty("filesystems").EnumerateArray().Where(volume => types.Contains(volume.GetProperty("type").GetString()))];
            if (wanted.Length == 0)
            {
                continue;
            }

            string image = TestData.Unpack(kind, item.GetProperty("file").GetString()!, folder.Path);
            foreach (JsonElement volume in wanted)
            {
                await using IFileSystem opened = await OpenAsync(format, image, facts, volume.GetProperty("start_sector").GetInt64());
                await check(opened, volume);
                count++;
            }
        }

        return count;
    }

    private static async Task<IFileSystem> OpenAsync(IFileSystemFormat format, string image, JsonElement facts, long start)
    {
        FileBlockDevice file = FileBlockDevice.Open(image);
        long length = file.Length - (start * SectorSize);
        if (facts.TryGetProperty("partition_table", out JsonElement table))
        {
            length = table.GetProperty("partitions").EnumerateArray().First(part => part.GetProperty("start").GetInt64() == start).GetProperty("size").GetInt64() * SectorSize;
        }

        var device = new SubrangeBlockDevice(file, start * SectorSize, length, ownsInner: true);
        byte[] head = await VolumeProbe.ReadHeadAsync(device, CancellationToken.None);
        Xunit.Assert.True(format.Matches(head), $"{format.Name} does not recognise the volume at sector {start} of {image}.");
        return await format.OpenAsync(device, CancellationToken.None);
    }
}
