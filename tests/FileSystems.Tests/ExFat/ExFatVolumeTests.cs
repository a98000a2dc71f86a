using System.Buffers.Binary;
using Portability.Disks.Tests;
using Portability.FileSystems.ExFat;
using Portability.FileSystems.Fat;
using Xunit;

namespace Portability.FileSystems.Tests.ExFat;

public sealed class ExFatVolumeTests
{
    private readonly ExFatImageBuilder image = new();

    [Fact]
    public async Task The_volume_tells_of_itself()
    {
        await using IFileSystem volume = await image.OpenAsync();
        FileSystemInformation told = volume.Information;
        Assert.Equal(("exFAT", "Label", "1A2B-3C4D", VolumeState.Clean), (told.Type, told.Label, told.Id, told.State));
        Assert.Equal((512, 64L, 61L, image.Image.LongLength), (told.UnitSize, told.UnitCount, told.FreeUnits, told.Length));
        Assert.Empty(told.Findings);
        Assert.Empty(await volume.ListAllAsync());
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(9, 3)]
    [InlineData(12, 0)]
    [InlineData(12, 2)]
    public async Task Chained_and_contiguous_files_are_read_from_any_offset(int sectorShift, int clusterShift)
    {
        var made = new ExFatImageBuilder(64, sectorShift, clusterShift);
        int size = made.ClusterSize;
        int[] chain = [10, 11, 12, 8, 9, 20];
        made.Chain(chain);
        int length = (5 * size) + 99;
        var random = new Random(3);
        random.NextBytes(made.Image.AsSpan(made.OffsetOf(8)));
        byte[] content = [.. chain.SelectMany(cluster => made.Image[made.OffsetOf(cluster)..(made.OffsetOf(cluster) + size)]).Take(length)];
        byte[] whole = made.Image[made.OffsetOf(30)..(made.OffsetOf(30) + length)];
        int at = made.AddFile(made.Behind, "chained.bin", FatAttributes.Archive, 10, length);
        made.AddFile(at, "whole.bin", FatAttributes.Archive, 30, length, noFatChain: true); // the table says nothing of its clusters
        await using IFileSystem volume = await made.OpenAsync();
        FileId chained = (await volume.FindAsync("CHAINED.BIN"))!.Value.Id;
        FileId contiguous = (await volume.FindAsync("WHOLE.BIN"))!.Value.Id;
        byte[] buffer = new byte[size + 10];
        for (int offset = 0; offset < length + 10; offset += 389)
        {
            int count = await volume.ReadAsync(chained, default, offset, buffer, default);
            Assert.Equal(content[Math.Min(offset, length)..Math.Min(offset + buffer.Length, length)], buffer[..count]);
            count = await volume.ReadAsync(contiguous, default, offset, buffer, default);
            Assert.Equal(whole[Math.Min(offset, length)..Math.Min(offset + buffer.Length, length)], buffer[..count]);
        }

        Assert.Equal(
            [(0L, 3L * size, (long)made.OffsetOf(10)), (3L * size, 2L * size, made.OffsetOf(8)), (5L * size, 99, made.OffsetOf(20))],
            (await volume.ExtentsAsync(chained)).Select(extent => (extent.Offset, extent.Length, extent.Place)));
        FileExtent one = Assert.Single(await volume.ExtentsAsync(contiguous));
        Assert.Equal(new FileExtent(0, length, FileExtentKind.Data, StoredForm.Plain, made.OffsetOf(30)), one);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(700)]
    [InlineData(1024)]
    [InlineData(1500)]
    public async Task What_was_never_written_reads_as_zeros(int valid)
    {
        image.Image.AsSpan(image.OffsetOf(10), 512 * 4).Fill(0xAA);
        image.AddFile(image.Behind, "f", FatAttributes.Archive, 10, 1500, valid, noFatChain: true);
        await using IFileSystem volume = await image.OpenAsync();
        FileId id = (await volume.FindAsync("F"))!.Value.Id;
        byte[] expected = new byte[1500];
        expected.AsSpan(0, valid).Fill(0xAA);
        Assert.Equal(expected, await FileTree.ContentAsync(volume, id));
        byte[] buffer = new byte[100];
        buffer.AsSpan().Fill(1);
        Assert.Equal(100, await volume.ReadAsync(id, default, 650, buffer, default));
        Assert.Equal(expected[650..750], buffer);
        List<FileExtent> extents = await volume.ExtentsAsync(id);
        Assert.Equal(valid, extents.Where(extent => extent.Kind == FileExtentKind.Data).Sum(extent => extent.Length));
        Assert.Equal(1500 - valid, extents.Where(extent => extent.Kind == FileExtentKind.Unwritten).Sum(extent => extent.Length));
        Assert.All(extents, extent => Assert.Equal(image.OffsetOf(10) + extent.Offset, extent.Place));
    }

    [Fact]
    public async Task Times_are_UTC_where_their_offset_is_known()
    {
        int at = image.AddFile(image.Behind, "f", FatAttributes.ReadOnly | FatAttributes.Archive, 0, 0);
        image.AddFile(at, "sub", FatAttributes.Directory, 10, 512, noFatChain: true);
        await using IFileSystem volume = await image.OpenAsync();
        List<DirectoryEntry> entries = await volume.ListAllAsync();
        Assert.Equal((NodeKind.File, NodeKind.Directory), (entries[0].Kind, entries[1].Kind));
        FileNode node = await volume.GetNodeAsync(entries[0].Id, default);
        Assert.Equal("2024-02-29T11:37:23.500000000Z", node.Times.Created.ToString());
        Assert.Equal("2024-03-01T05:30:00.010000000Z", node.Times.Modified.ToString());
        Assert.Equal("1980-01-01T00:00:00.000000000", node.Times.Accessed.ToString()); // no offset: of a zone that is not known
        Assert.Equal(NodeAttributes.ReadOnly | NodeAttributes.Archive, node.Attributes);
        Assert.Equal(512, (await volume.GetNodeAsync(entries[1].Id, default)).Length);
        Assert.Empty(await volume.ListAllAsync(entries[1].Id));
    }

    [Fact]
    public async Task The_volumes_own_up_case_table_is_used()
    {
        image.AddFile(image.Behind, "quit \u00FC", FatAttributes.Archive, 0, 0);
        await using (IFileSystem volume = await image.OpenAsync())
        {
            Assert.NotNull(await volume.FindAsync("7UIT \u00FC"));
            Assert.Null(await volume.FindAsync("QUIT \u00FC"));
            Assert.Null(await volume.FindAsync("7UIT \u00DC")); // its table ends at z
        }

        image.Image[image.OffsetOf(3) + 10] ^= 1;
        await using (IFileSystem volume = await image.OpenAsync())
        {
            Assert.NotNull(await volume.FindAsync("QUIT \u00DC"));
            Assert.True(volume.Information.State.HasFlag(VolumeState.HasErrors));
            Assert.Contains("up-case table cannot be used (its checksum", Assert.Single(volume.Information.Findings));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sets_that_reach_into_another_cluster_are_found_by_number(bool noFatChain)
    {
        // Two clusters of 16 entries; names of up to 255 units take 19, so that a set may lie in three clusters.
        int[] clusters = noFatChain ? [10, 11, 12, 13] : [10, 20, 15, 30];
        if (!noFatChain)
        {
            image.Chain(clusters);
        }

        string[] names = [new string('a', 100), new string('b', 255), "c", new string('d', 200)];
        byte[] content = [.. names.SelectMany(name => ExFatImageBuilder.MakeSet(name, FatAttributes.Archive, 40, 10, 10, true))];
        for (int i = 0; i < clusters.Length; i++)
        {
            content.AsSpan(i * 512 < content.Length ? i * 512 : content.Length).Slice(0, Math.Clamp(content.Length - (i * 512), 0, 512)).CopyTo(image.Image.AsSpan(image.OffsetOf(clusters[i])));
        }

        image.AddFile(image.Behind, "sub", FatAttributes.Directory, 10, 2048, noFatChain: noFatChain);
        await using IFileSystem volume = await image.OpenAsync();
        List<DirectoryEntry> entries = await volume.ListAllAsync((await volume.FindAsync("sub"))!.Value.Id);
        Assert.Equal(names, entries.Select(entry => entry.Name.ToString()));
        foreach (DirectoryEntry entry in entries)
        {
            Assert.Equal(10, (await volume.GetNodeAsync(entry.Id, default)).Length);
        }
    }

    [Fact]
    public async Task Entries_that_belong_to_no_file_are_passed_over()
    {
        var made = new ExFatImageBuilder(clusterShift: 1);
        int at = made.AddFile(made.Behind, "gone", FatAttributes.Archive, 0, 0);
        for (int i = made.Behind; i < at; i += 32)
        {
            made.Image[i] &= 0x7F;
        }

        made.Image[at] = 0xC1; // a secondary entry without a primary one
        made.Image[at + 32] = 0xA0; // Volume GUID
        at = made.AddFile(at + 64, ".", FatAttributes.Archive, 0, 0);
        at = made.AddFile(at, "..", FatAttributes.Archive, 0, 0);
        made.AddFile(at, "kept", FatAttributes.Archive, 0, 0);
        await using IFileSystem volume = await made.OpenAsync();
        Assert.Equal(["kept"], await volume.NamesAsync());
    }

    [Theory]
    [InlineData(2, "checksum")]
    [InlineData(40, "checksum")]
    [InlineData(1, "0 secondary entries")]
    [InlineData(32, "type 0x05")]
    public async Task A_damaged_set_is_told_with_its_place(int at, string what)
    {
        image.AddFile(image.Behind, "damaged", FatAttributes.Archive, 0, 0);
        image.Image[image.Behind + at] = (byte)(at == 1 ? 0 : at == 32 ? 5 : 0x55);
        await using IFileSystem volume = await image.OpenAsync();
        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ListAllAsync());
        Assert.Contains(what, error.Message);
        Assert.Equal(image.Behind, error.Offset);
        Assert.Equal("Microsoft exFAT specification, 7.4", error.Specification);
    }

    [Theory]
    [InlineData(0, 512, 512, false, "first cluster is 0")]
    [InlineData(1, 512, 512, true, "first cluster is 1")]
    [InlineData(66, 512, 512, true, "first cluster is 66")]
    [InlineData(60, 512 * 7, 512, true, "reach beyond the last one")]
    [InlineData(10, 512, 513, true, "its lengths are 512 bytes, 513 of them valid")]
    [InlineData(10, 512 * 65, 0, true, "on 64 clusters of 512")]
    [InlineData(10, long.MaxValue, 0, true, "on 64 clusters of 512")]
    [InlineData(10, 513, 513, false, "need 2 clusters, the chain from 10 on has 1")]
    [InlineData(11, 513, 513, false, "is free")]
    [InlineData(12, 513, 513, false, "has no end")]
    public async Task Files_that_do_not_fit_are_refused(int cluster, long length, long valid, bool noFatChain, string what)
    {
        image.Chain(10);
        image.SetEntry(12, 12);
        image.AddFile(image.Behind, "f", FatAttributes.Archive, cluster, length, valid, noFatChain);
        await using IFileSystem volume = await image.OpenAsync();
        FileId id = Assert.Single(await volume.ListAllAsync()).Id;
        var error = await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ReadAsync(id, default, 0, new byte[1], default).AsTask());
        Assert.Contains(what, error.Message);
    }

    [Theory]
    [InlineData(2, VolumeState.Dirty, "in use")]
    [InlineData(4, VolumeState.HasErrors, "medium")]
    public async Task The_state_is_told(byte flags, VolumeState state, string finding)
    {
        image.Image[106] = flags;
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(state, volume.Information.State);
        Assert.Contains(finding, Assert.Single(volume.Information.Findings));
    }

    [Theory]
    [InlineData(0, 12 * 512)]
    [InlineData(92, 4)]
    [InlineData(4000, 1)]
    public async Task The_backup_stands_in_for_a_damaged_boot_region(int at, int count)
    {
        image.AddFile(image.Behind, "f", FatAttributes.Archive, 0, 0);
        for (int i = at; i < at + count; i++)
        {
            image.Image[i] ^= 0xFF;
        }

        Assert.True(new ExFatFormat().Matches(image.Image));
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(["f"], await volume.NamesAsync());
        Assert.Contains("its backup at 0x1800 was used", Assert.Single(volume.Information.Findings));
        image.Image[(12 * 512) + 4000] ^= 1;
        await Assert.ThrowsAsync<InvalidFormatException>(image.OpenAsync);
    }

    [Fact]
    public async Task A_volume_shorter_than_it_says_is_read_up_to_its_end()
    {
        int at = image.AddFile(image.Behind, "there", FatAttributes.Archive, 10, 512, noFatChain: true);
        image.AddFile(at, "cut", FatAttributes.Archive, 40, 512 * 20, noFatChain: true);
        await using IFileSystem volume = await new ExFatFormat().OpenAsync(new ArrayBlockDevice(image.Image.AsMemory(0, image.OffsetOf(50))), default);
        Assert.Contains("says that it has", Assert.Single(volume.Information.Findings));
        List<DirectoryEntry> entries = await volume.ListAllAsync();
        Assert.Equal(512, await volume.ReadAsync(entries[0].Id, default, 0, new byte[512], default));
        Assert.Equal(512, await volume.ReadAsync(entries[1].Id, default, 0, new byte[512], default));
        await Assert.ThrowsAsync<InvalidFormatException>(() => volume.ReadAsync(entries[1].Id, default, 0, new byte[512 * 20], default).AsTask());
        await Assert.ThrowsAsync<InvalidFormatException>(() => new ExFatFormat().OpenAsync(new ArrayBlockDevice(image.Image.AsMemory(0, 4096)), default));
    }

    [Fact]
    public async Task Another_revision_is_named()
    {
        image.Image[105] = 2;
        image.FixBootChecksum();
        Assert.Contains("revision is 2.00", (await Assert.ThrowsAsync<UnsupportedFeatureException>(image.OpenAsync)).Message);
    }

    [Fact]
    public async Task The_table_and_bitmap_that_are_active_are_used()
    {
        // A second table in the sectors that the first one leaves, and a second bitmap that says what is free.
        image.AddFile(image.Behind, "f", FatAttributes.Archive, 10, 1024);
        image.Chain(10, 11);
        Span<byte> boot = image.Image;
        image.Image.AsSpan(image.FatOffset, 512).CopyTo(image.Image.AsSpan(image.FatOffset + (4 * 512)));
        image.Image.AsSpan(image.FatOffset, 512).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(boot[84..], 4);
        boot[106] = 1;
        boot[110] = 2;
        image.Image[image.RootOffset + 32 + 1] = 1;
        image.FixBootChecksum();
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(61, volume.Information.FreeUnits);
        Assert.Equal(1024, (await FileTree.ContentAsync(volume, Assert.Single(await volume.ListAllAsync()).Id)).Length);
    }
}
