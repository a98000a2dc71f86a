using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatMtoolsTests
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData("FAT12", 2, 12, 512, 1)]
    [InlineData("FAT12", 8, 12, 512, 8)]
    [InlineData("FAT12", 12, 12, 4096, 1)]
    [InlineData("FAT16", 8, 16, 512, 1)]
    [InlineData("FAT16", 300, 16, 512, 128)] // 64 KiB clusters
    [InlineData("FAT16", 40, 16, 4096, 1)]
    [InlineData("FAT32", 40, 32, 512, 1)]
    [InlineData("FAT32", 300, 32, 512, 8)]
    [InlineData("FAT32", 300, 32, 4096, 1)]
    public async Task Volumes_hold_what_mtools_read_back(string type, int size, int width, int sectorSize, int sectorsPerCluster)
    {
        using var volume = new Mtools((long)size * MiB, "-F", $"{width}", "-S", $"{sectorSize}", "-s", $"{sectorsPerCluster}", "-n", "EFI SYSTEM", "-i", "1a2b3c4d");
        RandomTree.Make(volume.Source, new Random(size + width), 40, Math.Min(20_000, size * 6000));
        volume.Fill();
        await using IFileSystem opened = await volume.OpenAsync();
        Assert.Equal((type, "EFI SYSTEM", "1A2B-3C4D"), (opened.Information.Type, opened.Information.Label, opened.Information.Id));
        Assert.Equal(VolumeState.Clean, opened.Information.State);
        Assert.Empty(opened.Information.Findings);
        Assert.Equal(sectorSize * sectorsPerCluster, opened.Information.UnitSize);
        Assert.Contains($"{opened.Information.FreeUnits * opened.Information.UnitSize:N0} bytes free".Replace(',', ' '), volume.Run("mdir", "::/"));
        Assert.Equal(await RandomTree.CompareAsync(volume.Source, opened), await RandomTree.CompareAsync(volume.ReadBack(), opened));
    }

    [Theory]
    [InlineData(16, "-F 16 --mbr=y")]
    [InlineData(16, "-F 16 -f 1")]
    [InlineData(16, "-F 16 -f 4")]
    [InlineData(16, "-F 16 -r 1024 -M 0xF0 -h 63")]
    [InlineData(2, "-F 12 -R 9 -r 112")]
    [InlineData(40, "-F 32 -s 1 -R 64 -b 12 --mbr=y")]
    [InlineData(40, "-F 32 -s 1 -a -f 1")]
    public async Task Volumes_made_with_any_option_are_read(int size, string options)
    {
        using var volume = new Mtools((long)size * MiB, options.Split(' '));
        RandomTree.Make(volume.Source, new Random(size), 12, 20_000);
        volume.Fill();
        await using IFileSystem opened = await volume.OpenAsync();
        Assert.Equal((VolumeState.Clean, string.Empty), (opened.Information.State, opened.Information.Label));
        Assert.True(await RandomTree.CompareAsync(volume.Source, opened) > 0);
    }

    // Small EFI partitions are made so. fsck.fat and Linux take them for FAT32; mtools and The Sleuth Kit refuse them.
    [Fact]
    public async Task FAT32_with_too_few_clusters_is_read_and_told()
    {
        using var volume = new Mtools(10 * MiB, "-F", "32", "-s", "1", "-n", "SMALL ESP");
        await using IFileSystem opened = await volume.OpenAsync();
        Assert.Equal(("FAT32", "SMALL ESP"), (opened.Information.Type, opened.Information.Label));
        Assert.Contains("laid out as FAT32 with 20132 clusters", Assert.Single(opened.Information.Findings));
        Assert.Empty(await opened.ListAllAsync());
        Assert.Contains("is FAT32 according to", ForeignTool.Run("fsck.fat", "-n", volume.ImagePath).Error);
    }

    [Fact]
    public async Task A_thousand_files_some_of_them_deleted_are_read()
    {
        using var volume = new Mtools(40 * MiB, "-F", "32", "-s", "1");
        string folder = Directory.CreateDirectory(Path.Combine(volume.Source, "Ein Ordner")).FullName;
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"{i:D4} ist eine Datei mit langem Namen \u00E4\u03A9.txt"), $"{i}");
        }

        volume.Fill();
        foreach (string gone in Directory.GetFiles(folder, "?7*"))
        {
            File.Delete(gone);
        }

        volume.Run("mdel", "::/Ein Ordner/?7*");
        volume.Run("mattrib", "+r", "+h", "+s", "::/Ein Ordner/0000 *");
        File.WriteAllText(Path.Combine(volume.Source, "later"), "in the place of a deleted one");
        volume.Run("mcopy", "-m", Path.Combine(volume.Source, "later"), "::/Ein Ordner/");
        File.Move(Path.Combine(volume.Source, "later"), Path.Combine(folder, "later"));
        await using IFileSystem opened = await volume.OpenAsync();
        Assert.Equal(Directory.GetFiles(folder).Length, await RandomTree.CompareAsync(volume.Source, opened));
        FileId directory = (await opened.FindAsync("EIN ORDNER"))!.Value.Id;
        DirectoryEntry first = (await opened.FindAsync("0000 IST EINE DATEI MIT LANGEM NAMEN \u00C4\u03C9.TXT", directory))!.Value;
        Assert.Equal(NodeAttributes.ReadOnly | NodeAttributes.Hidden | NodeAttributes.System | NodeAttributes.Archive, (await opened.GetNodeAsync(first.Id, default)).Attributes);
        string[] names = [.. (await opened.ListAllAsync(directory)).Where(entry => entry.ShortName is not null).Select(entry => entry.ShortName!.Value.ToString())];
        string listing = volume.Run("mdir", "-a", "::/Ein Ordner");
        Assert.All(names, name => Assert.Contains(Path.GetFileNameWithoutExtension(name).PadRight(8) + " " + Path.GetExtension(name).TrimStart('.'), listing));
    }

    [Fact]
    public async Task Folders_in_folders_are_read_however_deep()
    {
        using var volume = new Mtools(4 * MiB, "-F", "12");
        string folder = volume.Source;
        for (int i = 0; i < 60; i++)
        {
            folder = Directory.CreateDirectory(Path.Combine(folder, "d")).FullName;
        }

        File.WriteAllText(Path.Combine(folder, "leaf"), "x");
        volume.Fill();
        await using IFileSystem opened = await volume.OpenAsync();
        Assert.Equal(1, await RandomTree.CompareAsync(volume.Source, opened));
    }

    /// <summary>Ten trees; a hundred with `PORTABILITY_LONG=1`.</summary>
    [Fact]
    public async Task Random_trees_are_read_as_they_were_written()
    {
        int files = 0;
        for (int seed = 0; seed < 10 * MutationFuzz.Factor; seed++)
        {
            var random = new Random(seed);
            using Mtools volume = (seed % 3) switch
            {
                0 => new Mtools(6 * MiB, "-F", "12", "-s", "4"),
                1 => new Mtools(20 * MiB, "-F", "16"),
                _ => new Mtools(40 * MiB, "-F", "32", "-s", "1"),
            };
            RandomTree.Make(volume.Source, random, 60, 30_000);
            volume.Fill();
            await using IFileSystem opened = await volume.OpenAsync();
            files += await RandomTree.CompareAsync(volume.Source, opened);
        }

        Assert.True(files > 300, $"{files} files were compared.");
    }
}
