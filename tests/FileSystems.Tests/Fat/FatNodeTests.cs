using Portability.FileSystems.Fat;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatNodeTests
{
    [Theory]
    [InlineData(FatType.Fat12, 64, 512, 1)]
    [InlineData(FatType.Fat12, 20, 4096, 16)]
    [InlineData(FatType.Fat16, 4085, 512, 1)]
    [InlineData(FatType.Fat32, 300, 512, 2)]
    [InlineData(FatType.Fat32, 100, 4096, 1)]
    internal async Task A_file_in_pieces_is_read_from_any_offset(FatType type, int clusters, int sectorSize, int sectorsPerCluster)
    {
        var image = new FatImageBuilder(type, clusters, sectorSize, sectorsPerCluster);
        int[] chain = [10, 11, 12, 5, 6, 19, 4, 3];
        int length = (7 * image.ClusterSize) + 17;
        byte[] content = new byte[length];
        new Random(1).NextBytes(content);
        for (int i = 0; i < chain.Length; i++)
        {
            content.AsSpan(i * image.ClusterSize, Math.Min(image.ClusterSize, length - (i * image.ClusterSize))).CopyTo(image.Image.AsSpan(image.OffsetOf(chain[i])));
        }

        image.AddFile(image.RootOffset, "pieces.bin", "PIECES  BIN", (uint)length, chain);
        await using IFileSystem volume = await image.OpenAsync();
        FileId id = (await volume.FindAsync("PIECES.BIN"))!.Value.Id;
        Assert.Equal(content, await FileTree.ContentAsync(volume, id));
        byte[] buffer = new byte[image.ClusterSize + 100];
        for (int offset = 0; offset < length + 100; offset += 487)
        {
            int count = await volume.ReadAsync(id, default, offset, buffer, CancellationToken.None);
            Assert.Equal(Math.Clamp(length - offset, 0, buffer.Length), count);
            Assert.True(content.AsSpan(Math.Min(offset, length), count).SequenceEqual(buffer.AsSpan(0, count)));
        }

        long size = image.ClusterSize;
        FileExtent Extent(int index, int count, int cluster) => new(index * size, Math.Min(count * size, length - (index * size)), FileExtentKind.Data, StoredForm.Plain, image.OffsetOf(cluster));
        Assert.Equal([Extent(0, 3, 10), Extent(3, 2, 5), Extent(5, 1, 19), Extent(6, 1, 4), Extent(7, 1, 3)], await volume.ExtentsAsync(id));
        Assert.Equal(8 * size, (await volume.GetNodeAsync(id, CancellationToken.None)).AllocatedLength);
    }

    [Theory]
    [InlineData(FatType.Fat12, 4084, false)]
    [InlineData(FatType.Fat12, 4084, true)]
    [InlineData(FatType.Fat16, 4200, false)]
    [InlineData(FatType.Fat16, 4200, true)]
    [InlineData(FatType.Fat32, 4200, false)]
    [InlineData(FatType.Fat32, 4200, true)]
    internal async Task A_file_over_the_whole_table_is_read_from_any_offset(FatType type, int clusters, bool shuffled)
    {
        var image = new FatImageBuilder(type, clusters);
        var random = new Random(clusters);
        int[] chain = [.. Enumerable.Range(3, clusters - 1)];
        if (shuffled)
        {
            random.Shuffle(chain);
        }

        byte[] content = new byte[(chain.Length * 512) - 7];
        random.NextBytes(content);
        for (int i = 0; i < chain.Length; i++)
        {
            content.AsSpan(i * 512, Math.Min(512, content.Length - (i * 512))).CopyTo(image.Image.AsSpan(image.OffsetOf(chain[i])));
        }

        image.AddFile(image.RootOffset, "all", "ALL", (uint)content.Length, chain);
        await using IFileSystem volume = await image.OpenAsync();
        FileId id = Assert.Single(await volume.ListAllAsync()).Id;
        Assert.Equal(content, await FileTree.ContentAsync(volume, id));
        byte[] buffer = new byte[150_000];
        for (int i = 0; i < 200; i++)
        {
            int offset = random.Next(content.Length + 100);
            int wanted = 1 + random.Next(i % 4 == 0 ? buffer.Length : 2000);
            int count = await volume.ReadAsync(id, default, offset, buffer.AsMemory(0, wanted), CancellationToken.None);
            Assert.Equal(Math.Clamp(content.Length - offset, 0, wanted), count);
            Assert.True(content.AsSpan(Math.Min(offset, content.Length), count).SequenceEqual(buffer.AsSpan(0, count)));
        }

        List<FileExtent> extents = await volume.ExtentsAsync(id);
        Assert.Equal(content.Length, extents.Sum(extent => extent.Length));
        Assert.True(shuffled ? extents.Count > 3000 : extents.Count == 1);
        foreach (FileExtent extent in extents)
        {
            Assert.True(content.AsSpan((int)extent.Offset, (int)extent.Length).SequenceEqual(image.Image.AsSpan((int)extent.Place, (int)extent.Length)));
        }
    }

    [Fact]
    public async Task A_volume_is_read_by_several_threads_at_once()
    {
        var image = new FatImageBuilder(FatType.Fat32, 2000);
        var random = new Random(4);
        random.NextBytes(image.Image.AsSpan(image.OffsetOf(100)));
        int at = image.RootOffset;
        image.Chain(2, 50, 51, 52, 53, 54, 55, 56);
        for (int i = 0; i < 8; i++)
        {
            at = image.AddFile(at, $"{i}", $"{i}", 100 * 512, [.. Enumerable.Range(0, 100).Select(step => 100 + (i * 100) + ((step * 37) % 100))]);
        }

        await using IFileSystem volume = await image.OpenAsync();
        string[] alone = [.. await Task.WhenAll((await volume.ListAllAsync()).Select(entry => FileTree.HashAsync(volume, entry.Id, 1000)))];
        await using IFileSystem again = await image.OpenAsync();
        List<string[]> together = [.. await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var hashes = new List<string>();
            foreach (DirectoryEntry entry in await again.ListAllAsync())
            {
                hashes.Add(await FileTree.HashAsync(again, entry.Id, 1000));
            }

            return hashes.ToArray();
        })))];
        Assert.All(together, hashes => Assert.Equal(alone, hashes));
    }

    [Fact]
    public async Task A_node_is_read_again_by_its_number()
    {
        var image = new FatImageBuilder(FatType.Fat16, 4085);
        image.Chain(7);
        int at = image.AddRecord(image.OffsetOf(7), ".", FatAttributes.Directory, 7, 0);
        at = image.AddRecord(at, "..", FatAttributes.Directory, 0, 0);
        image.AddRecord(at, "INNER   TXT", FatAttributes.ReadOnly | FatAttributes.Hidden | FatAttributes.System | FatAttributes.Archive, 0, 0);
        image.AddRecord(image.RootOffset, "SUB", FatAttributes.Directory, 7, 0);
        await using IFileSystem volume = await image.OpenAsync();
        DirectoryEntry directory = Assert.Single(await volume.ListAllAsync());
        Assert.Equal(NodeKind.Directory, directory.Kind);
        Assert.Equal((ulong)image.RootOffset / 32, directory.Id.Number);
        Assert.Equal(512, (await volume.GetNodeAsync(directory.Id, CancellationToken.None)).Length);
        DirectoryEntry file = Assert.Single(await volume.ListAllAsync(directory.Id));
        FileNode node = await volume.GetNodeAsync(new FileId((ulong)at / 32, 0), CancellationToken.None);
        Assert.Equal(file.Id, node.Id);
        Assert.Equal(NodeAttributes.ReadOnly | NodeAttributes.Hidden | NodeAttributes.System | NodeAttributes.Archive, node.Attributes);
        Assert.Equal(0x27U, node.NativeFlags);
        Assert.Equal("2024-02-29T13:37:23.500000000", node.Times.Created.ToString());
        Assert.Equal("2107-12-31T23:59:58.000000000", node.Times.Modified.ToString());
        Assert.Equal("2024-03-01T00:00:00.000000000", node.Times.Accessed.ToString());
        Assert.Null(node.Times.Changed);
        Assert.True(node.Times.Created!.Value.IsLocal);
        Assert.Equal("NotADirectory", (await Assert.ThrowsAsync<StorageException>(() => volume.ListAllAsync(file.Id))).ErrorId);
        Assert.Equal("NotAFile", (await Assert.ThrowsAsync<StorageException>(() => volume.ReadAsync(directory.Id, default, 0, new byte[1], default).AsTask())).ErrorId);
        Assert.Equal("NotAFile", (await Assert.ThrowsAsync<StorageException>(() => volume.ReadAsync(volume.Root, default, 0, new byte[1], default).AsTask())).ErrorId);
        Assert.Equal("NotALink", (await Assert.ThrowsAsync<StorageException>(() => volume.ReadLinkAsync(file.Id, default).AsTask())).ErrorId);
        NodeName other = NodeName.FromText("other", NodeNameUnit.Utf16);
        Assert.Equal("StreamNotFound", (await Assert.ThrowsAsync<StorageException>(() => volume.ReadAsync(file.Id, other, 0, new byte[1], default).AsTask())).ErrorId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0x7FFFFFFFFFFFFFFF)]
    [InlineData(-1)]
    [InlineData(1000)]
    public async Task A_number_that_names_no_record_finds_nothing(long number)
    {
        await using IFileSystem volume = await new FatImageBuilder(FatType.Fat12, 64).OpenAsync();
        var error = await Assert.ThrowsAsync<StorageException>(() => volume.GetNodeAsync(new FileId((ulong)number, 0), CancellationToken.None).AsTask());
        Assert.Equal("FileNotFound", error.ErrorId);
    }

    [Fact]
    public async Task A_directory_may_have_65536_records_and_no_more()
    {
        // The root leads through 4,096 clusters of 16 records; a long way for each listing, none for a hang.
        var image = new FatImageBuilder(FatType.Fat32, 4100);
        image.Chain([.. Enumerable.Range(2, 4096)]);
        for (int i = 0, at = image.RootOffset; i < 65536; i++)
        {
            at = image.AddRecord(at, FormattableString.Invariant($"F{i:D7}"), FatAttributes.Archive, 0, 0);
        }

        await using (IFileSystem volume = await image.OpenAsync())
        {
            Assert.Equal(65536, (await volume.NamesAsync()).Distinct().Count());
            Assert.NotNull(await volume.FindAsync("f0065535"));
        }

        image.Chain([.. Enumerable.Range(2, 4097)]);
        await Assert.ThrowsAsync<InvalidFormatException>(image.OpenAsync);
    }
}
