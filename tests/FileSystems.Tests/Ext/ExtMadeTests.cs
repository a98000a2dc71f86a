using System.Globalization;
using System.Runtime.Versioning;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.FileSystems.Tree;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Volumes that `mke2fs -d` makes and fills, of every feature set that installers of the last ten years set, against the folder they were filled from.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtMadeTests : IDisposable
{
    private static readonly string[] Attributes = ["user.short=a value", "user.long=" + new string('x', 300), "user.empty="];
    private static readonly string[] IndexedToo = ["ext3", "ext4-1k", "ext4-everything", "ext4-jessie"];
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Volumes => new()
    {
        { "ext2", "-t ext2" },
        { "ext2-1k", "-t ext2 -b 1024 -I 128" },
        { "ext3", "-t ext3 -b 1024" },
        { "ext4-debian", "-t ext4" },
        { "ext4-1k", "-t ext4 -b 1024" },
        { "ext4-64k", "-t ext4 -b 65536" },
        { "ext4-jessie", "-t ext4 -O ^metadata_csum,^64bit,uninit_bg" },
        { "ext4-128", "-t ext4 -I 128" },
        { "ext4-512", "-t ext4 -I 512" },
        { "ext4-inline", "-t ext4 -O inline_data" },
        { "ext4-bigalloc", "-t ext4 -O bigalloc -C 65536" },
        { "ext4-bigalloc-1k", "-t ext4 -b 1024 -O bigalloc -C 16384" },
        { "ext4-meta_bg", "-t ext4 -O meta_bg,^resize_inode -b 1024 -g 1024" },
        { "ext4-meta_bg-32", "-t ext4 -O meta_bg,^resize_inode,^64bit,^metadata_csum -b 1024 -g 512" },
        { "ext4-sparse_super2", "-t ext4 -O sparse_super2,^resize_inode" },
        { "ext4-no-flex", "-t ext4 -O ^flex_bg -g 4096" },
        { "ext4-everything", "-t ext4 -O large_dir,ea_inode,casefold,encrypt,verity,quota,project,mmp,orphan_file,metadata_csum_seed" },
        { "ext4-no-journal", "-t ext4 -O ^has_journal" },
        { "ext4-fast-commit", "-t ext4 -O fast_commit" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Volumes))]
    public async Task A_volume_reads_as_what_it_was_filled_with(string name, string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mke2fs is a tool of Linux.");
        string source = Directory.CreateDirectory(folder.File("source")).FullName;
        MakeTree(source, new Random(name.Length));
        string image = folder.File("volume");
        string[] arguments = [.. options.Split(' '), "-q", "-F", "-L", "Wörk", "-U", "01234567-89ab-cdef-0123-456789abcdef", "-d", source, image, "96M"];
        ToolResult made = ForeignTool.Run("mke2fs", arguments);
        Assert.SkipWhen(made.Error.Contains("Invalid filesystem option", StringComparison.Ordinal), "This mke2fs does not know the feature: " + made.Error);
        Assert.True(made.ExitCode == 0, made.Output + made.Error);
        if (IndexedToo.Contains(name))
        {
            Assert.True(ForeignTool.Run("e2fsck", "-fyD", image).ExitCode < 4); // hash trees, which mke2fs does not make
        }

        await using IFileSystem volume = await new ExtFormat().OpenAsync(FileBlockDevice.Open(image), CancellationToken.None);
        Assert.Equal("Wörk", volume.Information.Label);
        Assert.Equal("01234567-89ab-cdef-0123-456789abcdef", volume.Information.Id);
        Assert.Equal(name.Split('-')[0], volume.Information.Type);
        await CompareAsync(volume, source);
        await CompareWithDebugfsAsync(volume, image);
    }

    private static void MakeTree(string root, Random random)
    {
        foreach (string folder in (string[])["etc", "deep/er/and/deeper", "many", "emp ty"])
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        for (int number = 0; number < 700; number++)
        {
            File.WriteAllText(Path.Combine(root, "many", string.Create(CultureInfo.InvariantCulture, $"a name of some length {number:D5}.txt")), number.ToString(CultureInfo.InvariantCulture));
        }

        foreach (int length in (int[])[0, 1, 59, 60, 61, 100, 150, 1023, 4096, 4097, 70_000, 5_000_001])
        {
            byte[] content = new byte[length];
            random.NextBytes(content);
            File.WriteAllBytes(Path.Combine(root, "etc", string.Create(CultureInfo.InvariantCulture, $"file {length}")), content);
        }

        using (FileStream sparse = File.Create(Path.Combine(root, "sparse")))
        {
            foreach (long offset in (long[])[0, 50_000, 1 << 20, 12 << 10, 300L << 20, (1L << 32) + 4096])
            {
                sparse.Position = offset;
                sparse.Write("here"u8);
            }
        }

        File.WriteAllText(Path.Combine(root, "deep/er/and/deeper/ünï\u4E2D"), "x");
        File.SetUnixFileMode(Path.Combine(root, "etc/file 100"), UnixFileMode.UserRead | UnixFileMode.SetUser | UnixFileMode.OtherExecute);
        File.CreateSymbolicLink(Path.Combine(root, "short link"), "../etc/file 1");
        File.CreateSymbolicLink(Path.Combine(root, "longer link"), new string('l', 150));
        File.CreateSymbolicLink(Path.Combine(root, "longest link"), string.Join('/', Enumerable.Repeat(new string('m', 200), 4)));
        ForeignTool.Check("ln", Path.Combine(root, "etc/file 4096"), Path.Combine(root, "hard link"));
        ForeignTool.Check("mkfifo", Path.Combine(root, "pipe"));
        if (Environment.IsPrivilegedProcess)
        {
            ForeignTool.Check("mknod", Path.Combine(root, "null"), "c", "1", "3");
            ForeignTool.Check("mknod", Path.Combine(root, "disk"), "b", "259", "70000");
            ForeignTool.Check("chown", "100000:70000", Path.Combine(root, "etc/file 61"));
        }

        if (ForeignTool.Find("setfattr") is not null)
        {
            foreach (string attribute in Attributes)
            {
                string[] parts = attribute.Split('=');
                ForeignTool.Run("setfattr", "-n", parts[0], "-v", parts[1], Path.Combine(root, "etc/file 1"));
            }
        }
    }

    private static async Task CompareAsync(IFileSystem volume, string source)
    {
        Dictionary<string, (DirectoryEntry Entry, FileNode Node)> found = await FileTree.ReadAsync(volume);
        Assert.True(found.Remove("lost+found"));
        string[] paths = [.. Directory.EnumerateFileSystemEntries(source, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(source, path))];
        Assert.Equal(paths.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        string[] facts = ForeignTool.Check("stat", ["-c", "%f %u %g %s %h %t %T %Y", .. paths.Select(path => Path.Combine(source, path))]).Split('\n');
        for (int index = 0; index < paths.Length; index++)
        {
            string path = paths[index], full = Path.Combine(source, path);
            (DirectoryEntry entry, FileNode node) = found[path];
            string[] stat = facts[index].Split(' ');
            int mode = int.Parse(stat[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            Assert.Equal(mode & 0xFFF, node.Ownership!.Value.Mode);
            Assert.Equal(uint.Parse(stat[1], CultureInfo.InvariantCulture), node.Ownership.Value.User);
            Assert.Equal(uint.Parse(stat[2], CultureInfo.InvariantCulture), node.Ownership.Value.Group);
            Assert.Equal(KindOf(mode), node.Kind);
            Assert.Equal(node.Kind, entry.Kind);
            Assert.Equal(entry, await volume.FindAsync(await ParentAsync(volume, path), entry.Name, CancellationToken.None));
            Assert.Equal(long.Parse(stat[7], CultureInfo.InvariantCulture), node.Times.Modified!.Value.Seconds);
            switch (node.Kind)
            {
                case NodeKind.File:
                    Assert.Equal(long.Parse(stat[3], CultureInfo.InvariantCulture), node.Length);
                    Assert.Equal(long.Parse(stat[4], CultureInfo.InvariantCulture), node.LinkCount);
                    await CompareContentAsync(volume, entry.Id, full);
                    break;
                case NodeKind.SymbolicLink:
                    Assert.Equal(new FileInfo(full).LinkTarget, GuestTree.LinkText(await volume.ReadLinkAsync(entry.Id, CancellationToken.None)));
                    break;
                case NodeKind.CharacterDevice or NodeKind.BlockDevice:
                    Assert.Equal(new DeviceNumber(Convert.ToUInt32(stat[5], 16), Convert.ToUInt32(stat[6], 16)), node.Device);
                    break;
                default:
                    break;
            }
        }

        Assert.Equal(found["etc/file 4096"].Node, found["hard link"].Node);
        List<ExtendedAttributeValue> attributes = await volume.ListAttributesAsync(found["etc/file 1"].Entry.Id, CancellationToken.None).ToListAsync();
        string kept = ForeignTool.Find("getfattr") is null ? string.Empty : ForeignTool.Check("getfattr", "-d", "--absolute-names", Path.Combine(source, "etc/file 1"));
        Assert.Equal(Attributes.Where(attribute => kept.Contains(attribute.Split('=')[0], StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            attributes.Select(item => item.Name + "=" + System.Text.Encoding.ASCII.GetString(item.Value.Span)).Order(StringComparer.Ordinal));
    }

    private static async Task<FileId> ParentAsync(IFileSystem volume, string path)
    {
        FileId id = volume.Root;
        foreach (string part in path.Split('/').SkipLast(1))
        {
            id = (await volume.FindAsync(id, NodeName.FromText(part, NodeNameUnit.Byte), CancellationToken.None))!.Value.Id;
        }

        return id;
    }

    // A file of more than 4 GiB is compared where it holds something, and its holes by its extents.
    private static async Task CompareContentAsync(IFileSystem volume, FileId id, string full)
    {
        using FileStream wanted = File.OpenRead(full);
        byte[] expected = new byte[65536], found = new byte[65536];
        long end = 0, data = 0;
        await foreach (FileExtent extent in volume.QueryExtentsAsync(id, default, CancellationToken.None))
        {
            Assert.Equal(end, extent.Offset);
            Assert.True(extent.Length > 0);
            end = extent.End;
            data += extent.Kind == FileExtentKind.Data ? extent.Length : 0;
            for (long offset = extent.Offset; offset < extent.End && (extent.Kind == FileExtentKind.Data || offset < extent.Offset + 200_000); offset += expected.Length)
            {
                wanted.Position = offset;
                int count = wanted.ReadAtLeast(expected, expected.Length, throwOnEndOfStream: false);
                Assert.Equal(count, await volume.ReadAsync(id, default, offset, found, CancellationToken.None));
                Assert.True(expected.AsSpan(0, count).SequenceEqual(found.AsSpan(0, count)), $"{full} differs behind {offset}.");
            }
        }

        Assert.Equal(wanted.Length, end);
        Assert.True(wanted.Length < 1 << 30 || data < 8 << 20, $"Of {full} {data} bytes are data.");
        Assert.Equal(0, await volume.ReadAsync(id, default, wanted.Length, found, CancellationToken.None));
    }

    private static async Task CompareWithDebugfsAsync(IFileSystem volume, string image)
    {
        string statistics = ForeignTool.Check("dumpe2fs", "-h", image);
        long Field(string name) => long.Parse(statistics.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Trim(), CultureInfo.InvariantCulture);
        Assert.Equal(Field("Free inodes:"), volume.Information.FreeNodes);
        Assert.Equal(Field("Free blocks:"), volume.Information.FreeUnits);
        string[] features = statistics.Split('\n').First(line => line.StartsWith("Filesystem features:", StringComparison.Ordinal)).Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(features.Order(StringComparer.Ordinal), volume.Information.Features.Order(StringComparer.Ordinal));
        FileNode node = await volume.GetNodeAsync((await volume.FindAsync(await ParentAsync(volume, "etc/x"), NodeName.FromText("file 5000001", NodeNameUnit.Byte), CancellationToken.None))!.Value.Id, CancellationToken.None);
        string[] blocks = [.. ForeignTool.Check("debugfs", "-R", "blocks \"/etc/file 5000001\"", image).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        int size = int.Parse(statistics.Split('\n').First(line => line.StartsWith("Block size:", StringComparison.Ordinal)).Split(':')[1].Trim(), CultureInfo.InvariantCulture);
        var ours = new List<string>();
        await foreach (FileExtent extent in volume.QueryExtentsAsync(node.Id, default, CancellationToken.None))
        {
            for (long place = extent.Place; place < extent.Place + extent.Length; place += size)
            {
                ours.Add((place / size).ToString(CultureInfo.InvariantCulture));
            }
        }

        Assert.Subset(blocks.ToHashSet(StringComparer.Ordinal), ours.ToHashSet(StringComparer.Ordinal)); // debugfs lists blocks of numbers too
        Assert.Equal((5_000_001 + size - 1) / size, ours.Count);
    }

    private static NodeKind KindOf(int mode) => (mode & 0xF000) switch
    {
        0x1000 => NodeKind.Fifo,
        0x2000 => NodeKind.CharacterDevice,
        0x4000 => NodeKind.Directory,
        0x6000 => NodeKind.BlockDevice,
        0xA000 => NodeKind.SymbolicLink,
        0xC000 => NodeKind.Socket,
        _ => NodeKind.File,
    };
}
