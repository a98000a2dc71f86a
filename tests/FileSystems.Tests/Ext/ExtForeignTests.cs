using System.Text.Json;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Volumes that others made, against what others found on them.</summary>
public sealed class ExtForeignTests : IDisposable
{
    private const int SectorSize = 512;
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Files => new()
    {
        { "ext", "ext4-view-test-disk1.gz" },
        { "ext", "ext4-view-ext2.gz" },
        { "ext", "ext4-hierarchy-velociraptor.gz" },
        { "ext", "ext2-sleuthkit.gz" },
        { "ext", "ext4-jbd2-plain.gz" },
        { "ext", "ext4-jbd2-64bit-csum3.gz" },
        { "ext", "ext4-jbd2-revoke.gz" },
        { "disk", "mbr-extended-plaso.gz" },
        { "disk", "mbr-four-fs-forensics-samples.gz" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_volume_reads_as_others_read_it(string kind, string file)
    {
        using JsonDocument document = TestData.Expected(kind);
        JsonElement facts = document.RootElement.GetProperty("items").EnumerateArray().First(item => item.GetProperty("file").GetString() == file).GetProperty("facts");
        bool isReplayed = facts.TryGetProperty("after_journal_replay_e2fsck", out JsonElement after);
        string path = TestData.Unpack(kind, file, folder.Path);
        int compared = 0;
        foreach (JsonElement expected in (isReplayed ? after : facts).GetProperty("filesystems").EnumerateArray())
        {
            string type = expected.GetProperty("type").GetString()!;
            if (!type.StartsWith("Ext", StringComparison.Ordinal))
            {
                continue;
            }

            await using IFileSystem volume = await OpenAsync(path, expected.GetProperty("start_sector").GetInt64() * SectorSize);
            Assert.True(volume.Information.Length <= new FileInfo(path).Length);
            Assert.Equal(isReplayed, volume.Information.State.HasFlag(VolumeState.Replayed));
            Assert.Equal(expected.GetProperty("label").GetString()!.Split('/')[0], volume.Information.Label.Split('/')[0]);
            Dictionary<string, (DirectoryEntry, FileNode)> found = await FileTree.ReadAsync(volume);
            Assert.Equal(expected.GetProperty("entries").GetInt32(), found.Count);
            int hashed = await ExpectedFiles.CompareAsync(volume, expected, byInode: true);
            Assert.Equal(expected.GetProperty("hashed_files").GetInt32(), hashed);
            compared++;
        }

        Assert.Equal(1, compared);
    }

    private static async Task<IFileSystem> OpenAsync(string path, long offset)
    {
        FileBlockDevice disk = FileBlockDevice.Open(path);
        var part = new SubrangeBlockDevice(disk, offset, disk.Length - offset, ownsInner: true);
        var format = new ExtFormat();
        Assert.True(format.Matches(await VolumeProbe.ReadHeadAsync(part, CancellationToken.None)));
        return await format.OpenAsync(part, CancellationToken.None);
    }
}
