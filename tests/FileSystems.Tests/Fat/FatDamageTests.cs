using System.Buffers.Binary;
using Portability.Disks.Tests;
using Portability.FileSystems.Fat;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatDamageTests
{
    [Theory]
    [InlineData(FatType.Fat12)]
    [InlineData(FatType.Fat16)]
    [InlineData(FatType.Fat32)]
    internal async Task Broken_chains_are_told_with_their_place(FatType type)
    {
        int clusters = type == FatType.Fat16 ? 4085 : 100;
        (string What, uint Value)[] ends = [("is free", 0), ("is bad", 0x0FFFFFF7), ("leads to 1;", 1), ($"leads to {clusters + 2};", (uint)clusters + 2), ("has no end", 10), ("has no end", 12)];
        foreach ((string what, uint value) in ends)
        {
            var image = new FatImageBuilder(type, clusters);
            image.AddFile(image.RootOffset, "broken", "BROKEN", 512 * 3, 10, 11, 12);
            image.SetEntry(12, value);
            await using IFileSystem volume = await image.OpenAsync();
            FileId id = Assert.Single(await volume.ListAllAsync()).Id;
            var error = await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ReadAsync(id, default, 0, new byte[512], default).AsTask());
            Assert.Contains(what, error.Message);
            Assert.Equal("FAT", error.Structure);
            int width = type == FatType.Fat12 ? 3 : type == FatType.Fat16 ? 4 : 8;
            Assert.InRange(error.Offset, image.FatOffset + (10 * width / 2), image.FatOffset + (12 * width / 2));
            Assert.Equal("Microsoft FAT specification, section 4", error.Specification);
            await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ExtentsAsync(id));
            Assert.Equal(512 * 3, (await volume.GetNodeAsync(id, default)).Length);
        }
    }

    [Theory]
    [InlineData(0, 1, "first cluster is 0")]
    [InlineData(1, 1, "first cluster is 1")]
    [InlineData(102, 1, "first cluster is 102")]
    [InlineData(10, 513, "needs 2 clusters, its chain from 10 on has 1")]
    [InlineData(10, uint.MaxValue, "needs 8388608 clusters, its chain from 10 on has 1")]
    public async Task Files_that_do_not_fit_their_chain_are_refused(int cluster, uint size, string what)
    {
        var image = new FatImageBuilder(FatType.Fat32, 100);
        image.Chain(10);
        int at = image.AddRecord(image.RootOffset, "FILE", FatAttributes.Archive, cluster, size);
        image.AddRecord(at, "FOLDER", FatAttributes.Directory, cluster, 0);
        await using IFileSystem volume = await image.OpenAsync();
        List<DirectoryEntry> entries = await volume.ListAllAsync();
        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ReadAsync(entries[0].Id, default, 0, new byte[1], default).AsTask());
        Assert.Contains(what, error.Message);
        Assert.Equal(image.RootOffset, error.Offset);
        if (cluster != 10)
        {
            await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ListAllAsync(entries[1].Id));
        }
    }

    [Fact]
    public async Task An_empty_file_may_name_any_cluster()
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        image.AddRecord(image.RootOffset, "EMPTY", FatAttributes.Archive, 1, 0);
        await using IFileSystem volume = await image.OpenAsync();
        FileId id = Assert.Single(await volume.ListAllAsync()).Id;
        Assert.Equal(0, await volume.ReadAsync(id, default, 0, new byte[1], default));
        Assert.Empty(await volume.ExtentsAsync(id));
    }

    [Fact]
    public async Task Files_that_share_clusters_and_chains_that_are_too_long_are_read()
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        image.Chain(10, 11, 12, 13);
        int at = image.AddRecord(image.RootOffset, "ONE", FatAttributes.Archive, 10, 600);
        image.AddRecord(at, "TWO", FatAttributes.Archive, 11, 600);
        image.Image[image.OffsetOf(11)] = 42;
        await using IFileSystem volume = await image.OpenAsync();
        List<DirectoryEntry> entries = await volume.ListAllAsync();
        Assert.Equal(42, (await FileTree.ContentAsync(volume, entries[0].Id))[512]);
        Assert.Equal(42, (await FileTree.ContentAsync(volume, entries[1].Id))[0]);
    }

    [Fact]
    public async Task Directories_that_lead_back_show_the_same_numbers_again()
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        image.Chain(10);
        image.AddRecord(image.RootOffset, "LOOP", FatAttributes.Directory, 10, 0);
        image.AddRecord(image.OffsetOf(10), "LOOP", FatAttributes.Directory, 10, 0);
        await using IFileSystem volume = await image.OpenAsync();
        FileId first = Assert.Single(await volume.ListAllAsync()).Id;
        FileId second = Assert.Single(await volume.ListAllAsync(first)).Id;
        Assert.Equal(second, Assert.Single(await volume.ListAllAsync(second)).Id);
    }

    [Fact]
    public async Task A_volume_shorter_than_it_says_is_read_up_to_its_end()
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        int at = image.AddFile(image.RootOffset, "there", "THERE", 512, 10);
        image.AddFile(at, "cut off", "CUTOFF~1", 512, 90);
        ReadOnlyMemory<byte> cut = image.Image.AsMemory(0, image.OffsetOf(50));
        await using IFileSystem volume = await new FatFormat().OpenAsync(new ArrayBlockDevice(cut), default);
        Assert.Equal(cut.Length, volume.Information.Length);
        Assert.True(volume.Information.State.HasFlag(VolumeState.HasErrors));
        Assert.Contains("says that it has", Assert.Single(volume.Information.Findings));
        List<DirectoryEntry> entries = await volume.ListAllAsync();
        Assert.Equal(512, await volume.ReadAsync(entries[0].Id, default, 0, new byte[512], default));
        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ReadAsync(entries[1].Id, default, 0, new byte[512], default).AsTask());
        Assert.Equal(image.OffsetOf(90), error.Offset);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(5000)]
    public async Task A_volume_without_its_tables_is_refused(int length)
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        await Assert.ThrowsAsync<InvalidFormatException>(() => new FatFormat().OpenAsync(new ArrayBlockDevice(image.Image.AsMemory(0, length)), default));
    }

    [Theory]
    [InlineData(FatType.Fat16, 0x7FFF, 0, VolumeState.Dirty, "entry 1 is 0x7FFF")]
    [InlineData(FatType.Fat16, 0xBFFF, 0, VolumeState.HasErrors, "entry 1 is 0xBFFF")]
    [InlineData(FatType.Fat16, 0xFFFF, 0x25, VolumeState.Dirty, "boot sector")]
    [InlineData(FatType.Fat12, 0xFFF, 0x25, VolumeState.Dirty, "boot sector")]
    [InlineData(FatType.Fat32, 0x07FFFFFF, 0, VolumeState.Dirty, "entry 1 is 0x7FFFFFF")]
    [InlineData(FatType.Fat32, 0x0BFFFFFF, 0, VolumeState.HasErrors, "entry 1 is 0xBFFFFFF")]
    [InlineData(FatType.Fat32, 0x0FFFFFFF, 0x41, VolumeState.Dirty, "boot sector")]
    internal async Task The_state_is_told(FatType type, uint entry, int bootByte, VolumeState state, string finding)
    {
        var image = new FatImageBuilder(type, type == FatType.Fat16 ? 4085 : 100);
        image.SetEntry(1, entry);
        image.Image[bootByte] |= (byte)(bootByte == 0 ? 0 : 1);
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(state, volume.Information.State);
        Assert.Contains(volume.Information.Findings, text => text.Contains(finding));
    }

    [Fact]
    public async Task Tables_that_differ_are_told()
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        image.Image[image.SecondFatOffset + 7] = 1;
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal("FAT 1 differs from FAT 0, which was used, first at byte 0x7 of it: a check is due.", Assert.Single(volume.Information.Findings));
    }

    [Fact]
    public async Task The_table_that_is_active_is_used()
    {
        var image = new FatImageBuilder(FatType.Fat32, 100);
        image.AddFile(image.RootOffset, "f", "F", 1024, 10, 11);
        image.Image.AsSpan(image.FatOffset, 512).Clear();
        image.Image[40] = 0x81;
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(1024, (await FileTree.ContentAsync(volume, Assert.Single(await volume.ListAllAsync()).Id)).Length);
        Assert.Equal(VolumeState.Clean, volume.Information.State);
    }

    [Theory]
    [InlineData(0, 512)] // all of it
    [InlineData(510, 2)]
    [InlineData(11, 2)]
    [InlineData(13, 1)]
    public async Task The_second_boot_sector_stands_in_for_a_damaged_one(int at, int count)
    {
        var image = new FatImageBuilder(FatType.Fat32, 100);
        image.AddFile(image.RootOffset, "f", "F", 0);
        image.Image.AsSpan(at, count).Clear();
        Assert.True(new FatFormat().Matches(image.Image));
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(["f"], await volume.NamesAsync());
        Assert.True(volume.Information.State.HasFlag(VolumeState.HasErrors));
        Assert.Contains(volume.Information.Findings, text => text.Contains("its copy at 0xC00 was used"));
        image.Image.AsSpan(6 * 512, 512).Clear();
        Assert.False(new FatFormat().Matches(image.Image));
        await Assert.ThrowsAsync<InvalidFormatException>(image.OpenAsync);
    }

    [Fact]
    public async Task Label_id_and_free_clusters_are_told()
    {
        var image = new FatImageBuilder(FatType.Fat32, 100);
        await using (IFileSystem volume = await image.OpenAsync())
        {
            Assert.Equal((string.Empty, "1A2B-3C4D", 42L), (volume.Information.Label, volume.Information.Id, volume.Information.FreeUnits));
            Assert.Contains("laid out as FAT32 with 100 clusters", Assert.Single(volume.Information.Findings));
        }

        "BOOT LABEL "u8.CopyTo(image.Image.AsSpan(71));
        image.Image.AsSpan(512, 4).Clear();
        await using (IFileSystem volume = await image.OpenAsync())
        {
            Assert.Equal(("BOOT LABEL", -1L), (volume.Information.Label, volume.Information.FreeUnits));
        }

        image.AddRecord(image.RootOffset, "ROOT LABEL", FatAttributes.VolumeId, 0, 0);
        await using (IFileSystem volume = await image.OpenAsync())
        {
            Assert.Equal("ROOT LABEL", volume.Information.Label);
        }

        image.Image[42] = 1;
        Assert.Equal("FileSystemFeatureNotSupported", (await Assert.ThrowsAsync<UnsupportedFeatureException>(image.OpenAsync)).ErrorId);
    }

    [Fact]
    public async Task Free_clusters_of_a_small_table_are_counted()
    {
        var image = new FatImageBuilder(FatType.Fat12, 100);
        image.Chain(2, 3, 50);
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal((97L, 100L), (volume.Information.FreeUnits, volume.Information.UnitCount));
    }

    [Theory]
    [InlineData(4084, "FAT12")]
    [InlineData(4085, "FAT16")]
    [InlineData(65524, "FAT16")]
    public async Task The_type_goes_by_the_count_of_clusters(int clusters, string type)
    {
        var image = new FatImageBuilder(clusters < 4085 ? FatType.Fat12 : FatType.Fat16, clusters);
        "FAT99   "u8.CopyTo(image.Image.AsSpan(54));
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(type, volume.Information.Type);
        Assert.Equal(clusters, volume.Information.UnitCount);
    }

    [Fact]
    public async Task Too_many_clusters_for_the_layout_are_refused()
    {
        var image = new FatImageBuilder(FatType.Fat16, 65524);
        BinaryPrimitives.WriteUInt32LittleEndian(image.Image.AsSpan(32), (uint)(image.Image.Length / 512) + 1);
        Assert.False(new FatFormat().Matches(image.Image));
        await Assert.ThrowsAsync<InvalidFormatException>(image.OpenAsync);
    }
}
