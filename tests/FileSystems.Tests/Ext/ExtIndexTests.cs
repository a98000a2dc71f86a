using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Ext;

/// <summary>Names are found by the index of a directory, at the cost of its height.</summary>
[SupportedOSPlatform("linux")]
public sealed class ExtIndexTests : IDisposable
{
    private const int Entries = 100_000;
    private const int Few = 400;
    private const int MaximumReads = 16; // descriptor and inode, three levels and a leaf, the extents of each, and a second leaf for names of one hash

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Names_hash_as_debugfs_hashes_them()
    {
        var random = new Random(7);
        string[] names = [.. Enumerable.Range(1, 250).Select(length => string.Concat(Enumerable.Range(0, length).Select(_ => random.Next(9) == 0 && length < 120 ? "ß" : ((char)('a' + random.Next(26))).ToString())))];
        foreach ((string hash, byte version) in (ReadOnlySpan<(string, byte)>)[("legacy", 0), ("half_md4", 1), ("tea", 2)])
        {
            string commands = folder.File("commands");
            File.WriteAllLines(commands, names.Select(name => $"dx_hash -h {hash} -s 01234567-89ab-cdef-0123-456789abcdef {name}"));
            string[] told = [.. ForeignTool.Check("debugfs", "-f", commands).Split('\n').Where(line => line.StartsWith("Hash of ", StringComparison.Ordinal))];
            Assert.Equal(names.Length, told.Length);
            uint[] seed = [0x67452301, 0xEFCDAB89, 0x67452301, 0xEFCDAB89];
            for (int index = 0; index < names.Length; index++)
            {
                uint found = ExtNameHash.Compute(version, isUnsigned: false, seed, Encoding.UTF8.GetBytes(names[index]));
                Assert.Contains($"is 0x{found:x} ", told[index], StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("half_md4", 1, "")]
    [InlineData("half_md4", 2, "")]
    [InlineData("tea", 1, "")]
    [InlineData("tea", 2, "-O ^metadata_csum")]
    [InlineData("legacy", 1, "")]
    [InlineData("legacy", 2, "-O ^extents,^64bit,^metadata_csum")]
    public async Task Every_hash_finds_every_name(string hash, int flags, string options)
    {
        string image = MakeIndexed(hash, flags, options);
        await using ExtVolume volume = await OpenAsync(new CountingBlockDevice(FileBlockDevice.Open(image)));
        DirectoryEntry many = (await volume.FindAsync(volume.Root, Name("many"), CancellationToken.None))!.Value;
        Dictionary<NodeName, DirectoryEntry> entries = await volume.ListAsync(many.Id, CancellationToken.None).ToDictionaryAsync(entry => entry.Name);
        Assert.Equal(Few, entries.Count);
        foreach ((NodeName name, DirectoryEntry entry) in entries)
        {
            Assert.Equal((true, entry), await FindIndexedAsync(volume, many.Id, name));
            Assert.Equal(entry, await volume.FindAsync(many.Id, name, CancellationToken.None));
            Assert.Equal((true, null), await FindIndexedAsync(volume, many.Id, Name(name + "x")));
        }
    }

    [Fact]
    public async Task A_damaged_index_costs_a_list_and_hides_nothing()
    {
        byte[] image = await File.ReadAllBytesAsync(MakeIndexed("half_md4", 1, "-O ^metadata_csum"));
        long root;
        await using (ExtVolume sound = await OpenAsync(new MemoryBlockDevice(image)))
        {
            DirectoryEntry directory = (await sound.FindAsync(sound.Root, Name("many"), CancellationToken.None))!.Value;
            ExtInode inode = (await sound.Blocks.TryReadInodeAsync((uint)directory.Id.Number, CancellationToken.None))!;
            root = sound.Blocks.OffsetOf((await new ExtStream(sound.Blocks, inode, 1024).FindAsync(0, CancellationToken.None)).Place);
        }

        (int At, byte Value)[] damages =
        [
            (0x1C, 3), // a hash that is not known
            (0x1D, 9),
            (0x1E, 3),
            (0x1F, 1),
            (0x22, 200), // more entries than there is room for
            (0x25, 255), // a block that the directory has not
            (0x2B, 255), // not in order
        ];
        foreach ((int at, byte value) in damages)
        {
            byte[] damaged = [.. image];
            damaged[root + at] = value;
            await using ExtVolume volume = await OpenAsync(new MemoryBlockDevice(damaged));
            DirectoryEntry many = (await volume.FindAsync(volume.Root, Name("many"), CancellationToken.None))!.Value;
            int told = 0, count = 0;
            await foreach (DirectoryEntry entry in volume.ListAsync(many.Id, CancellationToken.None))
            {
                (bool isTold, _) = await FindIndexedAsync(volume, many.Id, entry.Name);
                told += isTold ? 1 : 0;
                Assert.Equal(entry, await volume.FindAsync(many.Id, entry.Name, CancellationToken.None));
                count++;
            }

            Assert.Equal(Few, count);
            Assert.True(told < count, $"The damage at {at} was not seen.");
        }
    }

    [Fact]
    public async Task A_hundred_thousand_names_cost_the_height_of_the_tree()
    {
        string image = folder.File("large");
        ForeignTool.Check("mke2fs", "-q", "-F", "-t", "ext4", "-b", "1024", "-N", "110000", image, "96M");
        using (var mounted = new MountedFolder(folder.File("mounted"), "-o", "loop", image))
        {
            string parent = Directory.CreateDirectory(Path.Combine(mounted.Path, "many")).FullName;
            for (int number = 0; number < Entries; number++)
            {
                File.CreateSymbolicLink(Path.Combine(parent, NameOf(number)), "x");
            }
        }

        var counting = new CountingBlockDevice(FileBlockDevice.Open(image));
        await using ExtVolume volume = await OpenAsync(counting);
        FileId many = (await volume.FindAsync(volume.Root, Name("many"), CancellationToken.None))!.Value.Id;
        int most = 0, found = 0;
        int step = MutationFuzz.Factor > 1 ? 1 : 5; // all of them in the long form
        for (int number = 0; number < Entries; number += step)
        {
            int reads = counting.Reads;
            Assert.NotNull(await volume.FindAsync(many, Name(NameOf(number)), CancellationToken.None));
            most = Math.Max(most, counting.Reads - reads);
            found++;
            if (number % 50 == 0)
            {
                Assert.Null(await volume.FindAsync(many, Name("no " + NameOf(number)), CancellationToken.None));
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{found} of {Entries} names were found with at most {most} reads each.");
        Assert.InRange(most, 5, MaximumReads);
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"entry of a large directory {number:D6}");

    private static NodeName Name(string text) => NodeName.FromText(text, NodeNameUnit.Byte);

    private static async Task<(bool IsTold, DirectoryEntry? Entry)> FindIndexedAsync(ExtVolume volume, FileId directory, NodeName name)
    {
        ExtInode inode = (await volume.Blocks.TryReadInodeAsync((uint)directory.Number, CancellationToken.None))!;
        return await new ExtDirectory(volume.Blocks, inode).FindIndexedAsync(name, CancellationToken.None);
    }

    // Without the cache, so that each read is counted.
    private static async Task<ExtVolume> OpenAsync(IBlockDevice device)
    {
        byte[] superblock = new byte[ExtSuperblock.Size];
        await device.ReadAsync(ExtSuperblock.At, superblock, CancellationToken.None);
        return new ExtVolume(new ExtBlocks(device, ExtSuperblock.Read(superblock, ExtSuperblock.At, device.Name)), VolumeState.Clean, []);
    }

    private string MakeIndexed(string hash, int flags, string options)
    {
        string source = Directory.CreateDirectory(folder.File("source/many")).FullName, image = folder.File("indexed");
        for (int number = 0; number < Few; number++)
        {
            File.CreateSymbolicLink(Path.Combine(source, string.Create(CultureInfo.InvariantCulture, $"{(number % 3 == 0 ? "ümläut" : "plain")} of some length {number:D4}")), "x");
        }

        ForeignTool.Check("mke2fs", [.. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-q", "-F", "-t", "ext4", "-b", "1024", "-N", "2000", "-d", folder.File("source"), image, "8M"]);
        ForeignTool.Check("tune2fs", "-E", "hash_alg=" + hash, image);
        ForeignTool.Check("debugfs", "-w", "-R", string.Create(CultureInfo.InvariantCulture, $"ssv flags {flags}"), image);
        Assert.True(ForeignTool.Run("e2fsck", "-fyD", image).ExitCode < 4);
        return image;
    }
}
