using System.Globalization;
using System.Runtime.Versioning;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Volumes and logs with random changes: only errors of this product, no long time, no large memory, whatever is read of them.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtFuzzTests : IDisposable
{
    private static readonly string[] Features =
    [
        "-t ext2 -I 128",
        "-t ext3 -O ^has_journal,dir_index",
        "-t ext4 -O ^has_journal",
        "-t ext4 -O ^has_journal,inline_data",
        "-t ext4 -O ^has_journal,bigalloc -C 4096",
        "-t ext4 -O ^has_journal,ea_inode,large_dir,metadata_csum_seed,project,quota",
        "-t ext4 -O ^has_journal,meta_bg,^resize_inode,^metadata_csum -g 256",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_volume_with_changes_ends_soon_and_in_our_errors()
    {
        string source = MakeTree();
        List<CompactImage> images = [];
        List<ExtChecksumFixer> fixers = [];
        foreach (string features in Features)
        {
            string image = folder.File("volume");
            ForeignTool.Check("mke2fs", [.. features.Split(' '), "-q", "-F", "-b", "1024", "-N", "128", "-d", source, image, "2M"]);
            Assert.True(ForeignTool.Run("e2fsck", "-fyD", image).ExitCode < 4);
            byte[] bytes = await File.ReadAllBytesAsync(image);
            var compact = new CompactImage(bytes);
            images.Add(compact);
            fixers.Add(new ExtChecksumFixer(bytes, compact.PlaceOf));
        }

        await FuzzAsync(images, [.. fixers.Select(fixer => (Action<byte[]>)fixer.Fix)]);
    }

    [Fact]
    public async Task A_log_with_changes_ends_soon_and_in_our_errors()
    {
        List<CompactImage> images = [];
        List<Action<byte[]>> fixers = [];
        foreach ((string features, string journal) in ((string, string)[])
            [("-t ext4 -O 64bit,metadata_csum", "-c -v 3"), ("-t ext4 -O ^64bit,^metadata_csum", ""), ("-t ext4 -O 64bit,^metadata_csum", "")])
        {
            ExtJournalVolume volume = await ExtJournalVolume.MakeAsync(folder, features, journal);
            var compact = new CompactImage(volume.Image, [.. Enumerable.Range((int)volume.First, (int)(volume.Used - volume.First)).Select(block => volume.PlaceOf((uint)block))]);
            images.Add(compact);
            JournalChecksumFixer? log = journal.Length == 0 ? null : new JournalChecksumFixer(volume, compact.PlaceOf);
            var metadata = new ExtChecksumFixer(volume.Image, compact.PlaceOf);
            fixers.Add(bytes =>
            {
                metadata.Fix(bytes);
                log?.Fix(bytes);
            });
        }

        await FuzzAsync(images, fixers);
    }

    private static async Task FuzzAsync(List<CompactImage> images, List<Action<byte[]>> fixers)
    {
        foreach ((CompactImage image, Action<byte[]> fix) in images.Zip(fixers))
        {
            await ReadAllAsync(image.Device(image.Bytes));
            await MutationFuzz.RunAsync([image.Bytes], input => ReadAllAsync(image.Device(input)), fix, MutationFuzz.Inputs / images.Count);
        }
    }

    private static async Task ReadAllAsync(IBlockDevice device)
    {
        const int MaximumNodes = 50, MaximumEntries = 200, MaximumExtents = 200;
        byte[] buffer = new byte[10_000];
        await using IFileSystem volume = await new ExtFormat().OpenAsync(device, CancellationToken.None);
        var queue = new Queue<FileId>([volume.Root]);
        PortabilityException? refusal = null;
        for (int nodes = 0; nodes < MaximumNodes && queue.TryDequeue(out FileId id); nodes++)
        {
            // A node that is damaged keeps nothing of the others from being read.
            await TryAsync(async () => await ReadNodeAsync(id));
            await TryAsync(async () => await volume.ListAttributesAsync(id, CancellationToken.None).Take(MaximumEntries).CountAsync());
        }

        if (refusal is not null)
        {
            throw refusal;
        }

        async Task TryAsync(Func<Task> read)
        {
            try
            {
                await read();
            }
            catch (PortabilityException error)
            {
                refusal = error;
            }
        }

        async Task ReadNodeAsync(FileId id)
        {
            FileNode node = await volume.GetNodeAsync(id, CancellationToken.None);
            switch (node.Kind)
            {
                case NodeKind.Directory:
                    List<DirectoryEntry> entries = await volume.ListAsync(id, CancellationToken.None).Take(MaximumEntries).ToListAsync();
                    entries.ForEach(entry => queue.Enqueue(entry.Id));
                    foreach (DirectoryEntry entry in entries.Where((_, index) => index % 60 == 0))
                    {
                        await volume.FindAsync(id, entry.Name, CancellationToken.None);
                    }

                    break;
                case NodeKind.SymbolicLink:
                    await volume.ReadLinkAsync(id, CancellationToken.None);
                    break;
                case NodeKind.File:
                    long end = 0;
                    await foreach (FileExtent extent in volume.QueryExtentsAsync(id, default, CancellationToken.None).Take(MaximumExtents))
                    {
                        Assert.True(extent.Offset == end && extent.Length > 0 && extent.End <= node.Length, $"{extent} follows {end} of {node.Length}.");
                        end = extent.End;
                    }

                    foreach (long offset in (long[])[0, node.Length / 2, node.Length - 1, long.MaxValue - 1])
                    {
                        int count = await volume.ReadAsync(id, default, Math.Max(offset, 0), buffer, CancellationToken.None);
                        Assert.Equal(Math.Clamp(node.Length - Math.Max(offset, 0), 0, buffer.Length), count);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    private string MakeTree()
    {
        string source = Directory.CreateDirectory(folder.File("source")).FullName;
        Directory.CreateDirectory(Path.Combine(source, "many"));
        for (int number = 0; number < 90; number++)
        {
            string name = Path.Combine(source, "many", string.Create(CultureInfo.InvariantCulture, $"a name of some length {number:D5}.txt"));
            if (number % 9 == 0)
            {
                File.WriteAllText(name, new string('x', number * 20));
            }
            else
            {
                ForeignTool.Check("ln", Path.Combine(source, "many", string.Create(CultureInfo.InvariantCulture, $"a name of some length {number / 9 * 9:D5}.txt")), name);
            }
        }

        string big = Path.Combine(source, "big");
        using (FileStream sparse = File.Create(big))
        {
            for (int piece = 0; piece < 60; piece++)
            {
                sparse.Position = piece * 5000L; // more extents than an inode holds, and two levels of a block map
                sparse.Write("here"u8);
            }

            sparse.Position = 70L << 20;
            sparse.Write("end"u8);
        }

        File.CreateSymbolicLink(Path.Combine(source, "short"), "many");
        File.CreateSymbolicLink(Path.Combine(source, "long"), new string('l', 150));
        if (ForeignTool.Find("setfattr") is not null)
        {
            ForeignTool.Run("setfattr", "-n", "user.short", "-v", "a value", big);
            ForeignTool.Run("setfattr", "-n", "user.long", "-v", new string('v', 600), big);
            ForeignTool.Run("setfattr", "-n", "user.other", "-v", new string('o', 300), source + "/many");
        }

        return source;
    }
}
