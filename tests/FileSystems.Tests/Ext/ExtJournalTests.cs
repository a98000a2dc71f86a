using System.Buffers.Binary;
using System.Runtime.Versioning;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.FileSystems.Ext.Journal;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Logs of every form, sound and damaged, against `e2fsck`: the committed part, never more, or a refusal.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtJournalTests : IDisposable
{
    private const string Narrow = "-t ext4 -O ^64bit,^metadata_csum", Wide = "-t ext4 -O 64bit,^metadata_csum", Checked = "-t ext4 -O 64bit,metadata_csum", NarrowChecked = "-t ext4 -O ^64bit,metadata_csum", Old = "-t ext3";
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string, int> Forms => new()
    {
        { Narrow, "", 8 },
        { Wide, "", 12 },
        { NarrowChecked, "-c -v 2", 10 },
        { Checked, "-c -v 2", 14 },
        { NarrowChecked, "-c -v 3", 16 },
        { Checked, "-c -v 3", 16 },
        { Old, "", 8 },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_log_reads_as_others_replay_it(string features, string journal, int tagSize)
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, features, journal);
        Assert.Equal(tagSize, JournalSuperblock.Read(volume.LogBlock(volume.Image, 0), "image").TagSize);
        string[] ours = await ExtJournalVolume.OursAsync(volume.Image);
        Assert.Equal(await volume.TheirsAsync(volume.Image), ours);
        Assert.Contains(ours, line => line.StartsWith("new/deep/again ", StringComparison.Ordinal));
        Assert.DoesNotContain(ours, line => line.StartsWith("new/small ", StringComparison.Ordinal));

        // Begun in the middle, and over the end of the log at every place.
        uint length = volume.End - volume.First, used = volume.Used - volume.First;
        foreach (uint by in (uint[])[17, length - 1, length - 2, length - used + 1, length - used])
        {
            byte[] rotated = volume.Rotate(by);
            Assert.Equal(ours, await ExtJournalVolume.OursAsync(rotated));
        }

        Assert.Equal(ours, await volume.TheirsAsync(volume.Rotate(length - (used / 2))));
        Assert.Equal(ours, await ExtJournalVolume.OursAsync(volume.Rotate(length - (used / 2))));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_last_transaction_without_a_commit_never_was(string features, string journal, int tagSize)
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, features, journal, lastCommit: false);
        string[] ours = await ExtJournalVolume.OursAsync(volume.Image);
        Assert.Equal(await volume.TheirsAsync(volume.Image), ours);
        Assert.Contains(ours, line => line.StartsWith("new/small ", StringComparison.Ordinal));
        if (tagSize < 16)
        {
            return;
        }

        // Whatever of it is damaged: it was being written when the power failed.
        List<uint> last = [.. LogBlocks(volume).Where(block => Kind(volume, block) == JournalBlockKind.Descriptor && Sequence(volume, block) == 4)];
        Assert.NotEmpty(last);
        foreach (uint block in last)
        {
            Assert.Equal(ours, await ExtJournalVolume.OursAsync(Damaged(volume, block, 200)));
            Assert.Equal(ours, await ExtJournalVolume.OursAsync(Damaged(volume, block + 1, 0)));
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_changed_byte_is_seen_or_gives_what_others_make_of_it(string features, string journal, int tagSize)
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, features, journal);
        bool hasChecksums = tagSize is 10 or 14 or 16;
        int refused = 0, accepted = 0;
        var random = new Random(tagSize);
        foreach (uint block in LogBlocks(volume).Prepend(0U))
        {
            JournalBlockKind? kind = block == 0 ? JournalBlockKind.SuperblockVersion2 : Kind(volume, block);
            if (kind is null && block % 4 != 0 && MutationFuzz.Factor == 1)
            {
                continue; // content: some of it, all in the long form
            }

            int[] offsets = kind is null ? [random.Next(ExtJournalVolume.BlockSize)] : [2, 7, 11, 13, 17, random.Next(ExtJournalVolume.BlockSize)];
            foreach (int at in offsets)
            {
                byte[] damaged = Damaged(volume, block, at);
                string[] ours;
                try
                {
                    ours = await ExtJournalVolume.OursAsync(damaged);
                }
                catch (PortabilityException error)
                {
                    refused++;
                    Assert.NotEmpty(error.RecommendedAction);
                    continue;
                }

                accepted++;
                bool endsTheLog = kind is not null && at is 2 or 11; // no magic number, or another sequence number: the log ends there, as if the power had failed
                Assert.True(!hasChecksums || endsTheLog, $"Byte {at} of block {block} ({kind}) was changed unseen.");
                Assert.True((await volume.TheirsAsync(damaged))?.SequenceEqual(ours) ?? false, $"Byte {at} of block {block} ({kind}) is read otherwise by e2fsck.");
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{features} {journal}: {refused} changed logs were refused, {accepted} read as e2fsck reads them.");
        Assert.True(refused > 0);
    }

    [Fact]
    public async Task What_cannot_be_replayed_is_refused_and_named()
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, Checked, "-c -v 3");
        await RefusesAsync("not marked for recovery", volume, image => ChangeSuperblock(image, 0x60, value => value & ~4U));
        await RefusesAsync("another device", volume, image => ChangeSuperblock(image, 0xE0, _ => 0));
        await RefusesAsync("unknown features 0x40", volume, image => ChangeJournal(volume, image, 0x28, value => value | 0x40));
        await RefusesAsync("unknown features 0x1", volume, image => ChangeJournal(volume, image, 0x2C, value => value | 1));
        await RefusesAsync("two kinds of checksums", volume, image => ChangeJournal(volume, image, 0x28, value => value | 8));
        await RefusesAsync("begins at 900000", volume, image => ChangeJournal(volume, image, 0x1C, _ => 900_000));
        await RefusesAsync("its file has", volume, image => ChangeJournal(volume, image, 0x10, _ => 0x7FFFFFFF));
        await RefusesAsync("its file has", volume, image => ChangeJournal(volume, image, 0x0C, _ => 4096));
        await RefusesAsync("checksum", volume, image => volume.LogBlock(image, 0)[0x90] ^= 1);
        await RefusesAsync("it is none", volume, image => volume.LogBlock(image, 0)[0] ^= 1);
        await RefusesAsync("it is no file", volume, image => ChangeSuperblock(image, 0xE0, _ => 2));
        await RefusesAsync("unwritten|never written", volume, image => MakeJournalUnwritten(volume, image));
        await RefusesAsync("in use", volume, image =>
        {
            ChangeSuperblock(image, 0x60, value => value | 0x100);
            ChangeSuperblock(image, 0x168, _ => 40);
        });
    }

    [Fact]
    public async Task An_error_that_its_system_noted_is_told()
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, Checked, "-c -v 3");
        byte[] image = [.. volume.Image];
        ChangeJournal(volume, image, 0x20, _ => unchecked((uint)-5));
        await using IFileSystem opened = await new ExtFormat().OpenAsync(new MemoryBlockDevice(image), CancellationToken.None);
        Assert.True(opened.Information.State.HasFlag(VolumeState.HasErrors | VolumeState.Replayed));
        Assert.Contains(opened.Information.Findings, finding => finding.Contains("error -5", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Fast_commits_of_the_next_transaction_alone_are_waiting()
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, "-t ext4 -O 64bit,metadata_csum,fast_commit", "-c -v 3");
        byte[] image = [.. volume.Image];
        ChangeJournal(volume, image, 0x28, value => value | 0x20);
        JournalSuperblock journal = JournalSuperblock.Read(volume.LogBlock(image, 0), "image");
        Assert.True(journal.FastCommitBlocks > 1);
        string[] ours = await ExtJournalVolume.OursAsync(image);
        Assert.Equal(await volume.TheirsAsync(image), ours);

        Span<byte> head = volume.LogBlock(image, journal.End + 1);
        head.Clear();
        ((ReadOnlySpan<byte>)[9, 0, 8, 0]).CopyTo(head);
        uint next = journal.Sequence + 4;
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], next - 1); // of a transaction that was committed as a whole since
        Assert.Equal(ours, await ExtJournalVolume.OursAsync(image));
        BinaryPrimitives.WriteUInt32LittleEndian(volume.LogBlock(image, journal.End + 1)[8..], next);
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => ExtJournalVolume.OursAsync(image));
        Assert.Contains("fast commits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_write_behind_the_volume_is_refused()
    {
        ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, Wide, string.Empty);
        foreach (int at in (int[])[12, 20])
        {
            byte[] image = [.. volume.Image];
            volume.LogBlock(image, volume.First)[at] = 0x80; // the highest byte of a tag's block, low and high half
            await Assert.ThrowsAsync<InvalidFormatException>(() => ExtJournalVolume.OursAsync(image));
        }
    }

    private static IEnumerable<uint> LogBlocks(ExtJournalVolume volume) => Enumerable.Range((int)volume.First, (int)(volume.Used - volume.First)).Select(block => (uint)block);

    private static JournalBlockKind? Kind(ExtJournalVolume volume, uint block) =>
        BinaryPrimitives.ReadUInt32BigEndian(volume.LogBlock(volume.Image, block)) == JournalSuperblock.Magic ? (JournalBlockKind)BinaryPrimitives.ReadUInt32BigEndian(volume.LogBlock(volume.Image, block)[4..]) : null;

    private static uint Sequence(ExtJournalVolume volume, uint block) => BinaryPrimitives.ReadUInt32BigEndian(volume.LogBlock(volume.Image, block)[8..]) - BinaryPrimitives.ReadUInt32BigEndian(volume.LogBlock(volume.Image, 0)[0x18..]) + 1;

    private static byte[] Damaged(ExtJournalVolume volume, uint block, int at)
    {
        byte[] image = [.. volume.Image];
        volume.LogBlock(image, block)[at] ^= 0x40;
        return image;
    }

    private static async Task RefusesAsync(string text, ExtJournalVolume volume, Action<byte[]> change)
    {
        byte[] image = [.. volume.Image];
        change(image);
        PortabilityException error = await Assert.ThrowsAnyAsync<PortabilityException>(() => ExtJournalVolume.OursAsync(image));
        Assert.Matches(text, error.Message);
        Assert.NotEmpty(error.RecommendedAction);
    }

    private static void ChangeSuperblock(byte[] image, int at, Func<uint, uint> change)
    {
        Span<byte> superblock = image.AsSpan(ExtSuperblock.At, ExtSuperblock.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[at..], change(BinaryPrimitives.ReadUInt32LittleEndian(superblock[at..])));
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[ExtSuperblock.ChecksumAt..], ExtChecksum.Crc32C(ExtChecksum.Start, superblock[..ExtSuperblock.ChecksumAt]));
    }

    private static void ChangeJournal(ExtJournalVolume volume, byte[] image, int at, Func<uint, uint> change)
    {
        Span<byte> superblock = volume.LogBlock(image, 0);
        BinaryPrimitives.WriteUInt32BigEndian(superblock[at..], change(BinaryPrimitives.ReadUInt32BigEndian(superblock[at..])));
        volume.FixSuperblock(image);
    }

    // The first extent of the journal's inode: its length is raised above that of written ones. The inode's checksum is of the whole inode.
    private static void MakeJournalUnwritten(ExtJournalVolume volume, byte[] image)
    {
        ExtSuperblock superblock = ExtSuperblock.Read(image.AsSpan(ExtSuperblock.At, ExtSuperblock.Size), ExtSuperblock.At, "image");
        var fixer = new ExtChecksumFixer(image);
        Span<byte> inode = fixer.Inode(image, superblock.JournalInode);
        Span<byte> extent = inode.Slice(ExtInode.BlockAt + ExtentHeader.Size, ExtentHeader.Size);
        ushort length = BinaryPrimitives.ReadUInt16LittleEndian(extent[4..]);
        BinaryPrimitives.WriteUInt16LittleEndian(extent[4..], (ushort)(length + ExtentHeader.MaximumWrittenLength));
        fixer.Fix(image);
    }
}
