using System.Buffers.Binary;
using System.Globalization;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.FileSystems.Ext.Journal;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>A volume whose last changes lie in its log alone, written there by `debugfs`, and what others make of it.</summary>
internal sealed class ExtJournalVolume
{
    public const int BlockSize = 1024;

    private static readonly string[][] Steps =
    [
        ["mkdir /new", "write {0}/small /new/small", "write {0}/escaped /new/escaped", "sif /old/file0 mode 0100640"],
        ["rm /old/file1", "symlink /new/link target", "write {0}/large /new/large", "ln /old/file2 /new/second", "sif /old/file2 links_count 2"],
        ["rm /new/small", "mkdir /new/deep", "write {0}/small /new/deep/again", "sif /old/file3 uid 1234"],
    ];

    private readonly TemporaryFolder folder;
    private readonly Dictionary<uint, long> places = [];

    private ExtJournalVolume(TemporaryFolder folder) => this.folder = folder;

    /// <summary>The volume with its log.</summary>
    public byte[] Image { get; private set; } = [];

    /// <summary>First and last block of the log.</summary>
    public uint First { get; private set; }

    /// <summary>Block behind the log.</summary>
    public uint End { get; private set; }

    /// <summary>Block behind the last that the log uses.</summary>
    public uint Used { get; private set; }

    /// <summary>Makes a volume of four transactions, the second of which revokes a block of the first.</summary>
    /// <param name="folder">Where its files are made.</param>
    /// <param name="features">Arguments of `mke2fs`.</param>
    /// <param name="journal">Arguments of the journal's opening in `debugfs`.</param>
    /// <param name="lastCommit">False to leave out the last commit.</param>
    public static async Task<ExtJournalVolume> MakeAsync(TemporaryFolder folder, string features, string journal, bool lastCommit = true)
    {
        var volume = new ExtJournalVolume(folder);
        string source = Directory.CreateDirectory(folder.File("source")).FullName, image = folder.File("image");
        Directory.CreateDirectory(Path.Combine(source, "old"));
        for (int number = 0; number < 8; number++)
        {
            File.WriteAllText(Path.Combine(source, string.Create(CultureInfo.InvariantCulture, $"old/file{number}")), new string((char)('a' + number), 3000));
        }

        ForeignTool.Check("mke2fs", [.. features.Split(' '), "-q", "-F", "-b", "1024", "-J", "size=1", "-N", "64", "-d", source, image, "3M"]);
        File.WriteAllText(folder.File("small"), "small");
        File.WriteAllBytes(folder.File("escaped"), [0xC0, 0x3B, 0x39, 0x98, .. new byte[2000]]);
        File.WriteAllText(folder.File("large"), string.Concat(Enumerable.Range(0, 9000).Select(number => number.ToString(CultureInfo.InvariantCulture))));
        byte[] before = await File.ReadAllBytesAsync(image);
        var commands = new List<string> { "jo " + journal };
        string later = folder.File("later");
        File.Copy(image, later, overwrite: true);
        uint kept = Locate(image, "/old/file4");
        for (int step = 0; step < Steps.Length; step++)
        {
            string script = folder.File("script");
            File.WriteAllLines(script, Steps[step].Select(line => string.Format(CultureInfo.InvariantCulture, line, folder.Path)));
            ForeignTool.Check("debugfs", "-w", "-f", script, later);
            byte[] after = await File.ReadAllBytesAsync(later);
            List<int> changed = [.. Enumerable.Range(1, (after.Length / BlockSize) - 1).Where(block => !Block(before, block).SequenceEqual(Block(after, block)))];
            using (FileStream blocks = File.Create(folder.File($"blocks{step}")))
            {
                changed.ForEach(block => blocks.Write(Block(after, block)));
                if (step == 0)
                {
                    changed.Add((int)kept); // what the next transaction revokes
                    blocks.Write(Enumerable.Repeat((byte)'!', BlockSize).ToArray());
                }
            }

            string commit = step == 2 && !lastCommit ? " -c" : string.Empty;
            commands.Add($"jw -b {string.Join(',', changed)}{commit} {folder.File($"blocks{step}")}");
            if (step == 0)
            {
                commands.Add($"jw -r {kept},2900"); // of its own: with blocks, debugfs leaves out the commit
            }

            before = after;
        }

        commands.Add("jc");
        File.WriteAllLines(folder.File("script"), commands);
        ToolResult told = ForeignTool.Run("debugfs", "-w", "-f", folder.File("script"), image);
        Assert.DoesNotContain("while", told.Error, StringComparison.Ordinal);
        volume.Image = await File.ReadAllBytesAsync(image);
        await volume.LocateLogAsync();
        return volume;
    }

    /// <summary>Offset of a block of the journal.</summary>
    public long PlaceOf(uint block) => places[block];

    /// <summary>A block of the journal.</summary>
    public Span<byte> LogBlock(byte[] image, uint block) => image.AsSpan((int)places[block], BlockSize);

    /// <summary>The image with its log begun at another block, so that it wraps.</summary>
    public byte[] Rotate(uint by)
    {
        byte[] rotated = [.. Image];
        uint length = End - First;
        for (uint block = 0; block < length; block++)
        {
            LogBlock(Image, First + block).CopyTo(LogBlock(rotated, First + ((block + by) % length)));
        }

        Span<byte> superblock = LogBlock(rotated, 0);
        BinaryPrimitives.WriteUInt32BigEndian(superblock[0x1C..], First + by);
        FixSuperblock(rotated);
        return rotated;
    }

    /// <summary>Makes the checksum of the journal's superblock fit.</summary>
    public void FixSuperblock(byte[] image)
    {
        Span<byte> superblock = LogBlock(image, 0)[..JournalSuperblock.Size];
        if (superblock[0x50] != 0)
        {
            BinaryPrimitives.WriteUInt32BigEndian(superblock[0xFC..], ExtChecksum.Crc32CWithout(ExtChecksum.Start, superblock, 0xFC, 4));
        }
    }

    /// <summary>What we read.</summary>
    public static async Task<string[]> OursAsync(byte[] image)
    {
        await using IFileSystem volume = await new ExtFormat().OpenAsync(new MemoryBlockDevice(image), CancellationToken.None);
        return await VolumeFacts.ReadAsync(volume);
    }

    /// <summary>What lies there after `e2fsck` has replayed the log of a copy, or `debugfs` where it finds other damage too; null if both refused.</summary>
    public async Task<string[]?> TheirsAsync(byte[] image)
    {
        string copy = folder.File("copy");
        await File.WriteAllBytesAsync(copy, image);
        if (ForeignTool.Run("e2fsck", "-p", "-E", "journal_only", copy).ExitCode >= 4)
        {
            await File.WriteAllBytesAsync(copy, image);
            if (ForeignTool.Run("debugfs", "-w", "-R", "jr", copy).Error.Contains("while", StringComparison.Ordinal))
            {
                return null;
            }
        }

        return await OursAsync(await File.ReadAllBytesAsync(copy));
    }

    private static ReadOnlySpan<byte> Block(byte[] image, int block) => image.AsSpan(block * BlockSize, BlockSize);

    private static uint Locate(string image, string path) =>
        uint.Parse(ForeignTool.Check("debugfs", "-R", "blocks " + path, image).Split(' ')[0], CultureInfo.InvariantCulture);

    private async Task LocateLogAsync()
    {
        var device = new MemoryBlockDevice(Image);
        var blocks = new ExtBlocks(device, ExtSuperblock.Read(Image.AsSpan(ExtSuperblock.At, ExtSuperblock.Size), ExtSuperblock.At, "image"));
        JournalFile file = await JournalFile.OpenAsync(blocks, CancellationToken.None);
        for (uint block = 0; block < file.BlockCount; block++)
        {
            places[block] = file.PlaceOf(block);
        }

        JournalSuperblock journal = JournalSuperblock.Read(LogBlock(Image, 0), "image");
        Assert.Equal(1U, journal.Start);
        (First, End) = (journal.First, journal.End);
        Used = Enumerable.Range((int)First, (int)(End - First)).Select(block => (uint)block).Last(block => LogBlock(Image, block).ContainsAnyExcept((byte)0)) + 1;
    }
}
