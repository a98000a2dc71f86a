using System.Buffers.Binary;
using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhdx;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vhdx;

/// <summary>Headers, region tables, metadata and block states: what is refused, what a second copy or an option saves.</summary>
public sealed class VhdxStructureTests
{
    private const int Header1 = 64 << 10, Header2 = 128 << 10, Regions1 = 192 << 10, Regions2 = 256 << 10, Metadata = 2 << 20, Table = 3 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Takes_the_newer_header_and_does_without_one_of_them()
    {
        (byte[] file, byte[] content) = await MakeAsync();
        await using (IDiskImage image = await OpenAsync(file))
        {
            Assert.Equal(2UL, image.Identity.HeaderSequence);
            Assert.NotNull(image.Identity.DataWriteGuid);
            Assert.NotNull(image.Identity.FileWriteGuid);
            Assert.NotEqual(image.Identity.DataWriteGuid, image.Identity.FileWriteGuid);
        }

        file[Header2 + 100] ^= 1;
        await using (IDiskImage image = await OpenAsync(file))
        {
            Assert.Equal(1UL, image.Identity.HeaderSequence);
            Assert.Empty(image.ToleratedDamage); // A crash leaves this; it is no damage.
            await CheckAsync(image, content);
        }

        file[Header1 + 100] ^= 1;
        await RefusedAsync(file, "header", "checksum");
        await using (IDiskImage image = await OpenAsync(file, DamageTolerance.WrongChecksum))
        {
            Assert.Single(image.ToleratedDamage);
            await CheckAsync(image, content);
        }

        file.AsSpan(Header1, 4).Clear();
        file.AsSpan(Header2, 4).Clear();
        await RefusedAsync(file, "header", "neither");
    }

    [Fact]
    public async Task Refuses_two_different_headers_of_one_number()
    {
        (byte[] file, _) = await MakeAsync();
        (VhdxHeader.Read(file.AsSpan(Header2)) with { SequenceNumber = 1, FileWriteGuid = Guid.NewGuid() }).Write(file.AsSpan(Header2));
        await RefusedAsync(file, "header", "sequence number 1");
    }

    [Fact]
    public async Task Uses_the_copy_of_a_damaged_region_table()
    {
        (byte[] file, byte[] content) = await MakeAsync();
        file[Regions2 + 20] ^= 1;
        await using (IDiskImage image = await OpenAsync(file))
        {
            Assert.Empty(image.ToleratedDamage);
        }

        file[Regions2 + 20] ^= 1;
        file[Regions1 + 20] ^= 1;
        await using (IDiskImage image = await OpenAsync(file))
        {
            Assert.Single(image.ToleratedDamage);
            await CheckAsync(image, content);
        }

        file[Regions2 + 20] ^= 1;
        await RefusedAsync(file, "region table", "checksum");
    }

    [Fact]
    public async Task Refuses_unknown_things_that_are_required()
    {
        (byte[] file, _) = await MakeAsync();
        var table = new VhdxRegion(VhdxLayout.BlockAllocationTableRegion, Table, 1 << 20, IsRequired: true);
        var metadata = new VhdxRegion(VhdxLayout.MetadataRegion, Metadata, 1 << 20, IsRequired: true);
        var unknown = new VhdxRegion(Guid.NewGuid(), 4 << 20, 1 << 20, IsRequired: false);
        VhdxRegionTable.Write(file.AsSpan(Regions1, VhdxRegionTable.Size), table, metadata, unknown);
        await (await OpenAsync(file)).DisposeAsync();
        VhdxRegionTable.Write(file.AsSpan(Regions1, VhdxRegionTable.Size), table, metadata, unknown with { IsRequired = true });
        await UnsupportedAsync(file, $"required region {unknown.Id}");
        VhdxRegionTable.Write(file.AsSpan(Regions1, VhdxRegionTable.Size), table, metadata, table);
        await RefusedAsync(file, "region table", "overlap");
        VhdxRegionTable.Write(file.AsSpan(Regions1, VhdxRegionTable.Size), table);
        await RefusedAsync(file, "region table", "metadata region is there 0 times");

        (file, _) = await MakeAsync();
        var item = new VhdxMetadataEntry(Guid.NewGuid(), 0, 0, VhdxMetadataFlags.None);
        AddItem(file, item);
        await (await OpenAsync(file)).DisposeAsync();
        AddItem(file, item with { Flags = VhdxMetadataFlags.IsRequired });
        await UnsupportedAsync(file, "required metadata item");
        AddItem(file, item with { Flags = VhdxMetadataFlags.IsRequired | VhdxMetadataFlags.IsUser });
        await UnsupportedAsync(file, "required metadata item");

        (file, _) = await MakeAsync();
        (VhdxHeader.Read(file.AsSpan(Header2)) with { Version = 2 }).Write(file.AsSpan(Header2));
        await UnsupportedAsync(file, "its version is 2");
    }

    [Theory]
    [InlineData(0, 3_000_000u, "block size")]
    [InlineData(0, 512u << 20, "block size")]
    [InlineData(8, 511u, "virtual disk size")]
    [InlineData(32, 1024u, "logical sector size")]
    [InlineData(36, 2048u, "physical sector size")]
    public async Task Refuses_metadata_that_makes_no_sense(int offset, uint value, string what)
    {
        (byte[] file, _) = await MakeAsync();
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(Metadata + 65536 + offset), value);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => OpenAsync(file));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(0, true)]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(7, false)]
    public async Task Knows_every_block_state(int state, bool isZero)
    {
        (byte[] file, byte[] content) = await MakeAsync();
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(Table + 8), (BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(Table + 8)) & ~7ul) | (uint)state);
        await using IDiskImage image = await OpenAsync(file);
        if (isZero)
        {
            content.AsSpan(1 << 20, 1 << 20).Clear();
            await CheckAsync(image, content);
            return;
        }

        await image.ReadAsync(0, new byte[1 << 20], Token);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await image.ReadAsync(1 << 20, new byte[1], Token));
        Assert.Contains($"state {state}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_blocks_outside_the_file()
    {
        (byte[] file, _) = await MakeAsync();
        await using IDiskImage image = await OpenAsync(file[..^(1 << 20)]);
        byte[] all = new byte[image.Length];
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(async () => await image.ReadAsync(0, all, Token));
        Assert.Contains("does not lie inside the file", error.Message, StringComparison.Ordinal);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(Table), 6); // The header section is no block.
        await using IDiskImage other = await OpenAsync(file);
        await Assert.ThrowsAsync<InvalidFormatException>(async () => await other.ReadAsync(0, new byte[1], Token));
    }

    [Theory]
    [InlineData(0L, 512, 32L << 20, null)]
    [InlineData((64L << 40) + 1, 512, 32L << 20, null)]
    [InlineData(1L << 30, 1024, 32L << 20, null)]
    [InlineData(1L << 30, 512, 512L << 10, null)]
    [InlineData(1L << 30, 512, 512L << 20, null)]
    [InlineData(1L << 30, 512, 3L << 20, null)]
    [InlineData(1L << 30, 512, 32L << 20, 8192)]
    public async Task Refuses_disks_it_cannot_hold(long length, int sectorSize, long blockSize, int? physical)
    {
        var files = new MemoryDiskFiles();
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(async () => await new VhdxFormat().CreateAsync(
            files,
            "/a.vhdx",
            new DiskCreateOptions { Length = length, UniqueId = Guid.NewGuid(), LogicalSectorSize = sectorSize, BlockSize = blockSize, PhysicalSectorSize = physical },
            Token));
        Assert.Equal("DiskNotRepresentable", error.ErrorId);
        Assert.Empty(files.Files);
    }

    [Fact]
    public async Task Gives_every_image_ids_of_its_own_and_keeps_the_disks()
    {
        var disk = Guid.NewGuid();
        var identities = new List<DiskIdentity>();
        for (int i = 0; i < 2; i++)
        {
            await using IDiskImage image = await new VhdxFormat().CreateAsync(
                new MemoryDiskFiles(), "/a.vhdx", new DiskCreateOptions { Length = 1 << 20, UniqueId = Guid.NewGuid(), DiskId = disk, PhysicalSectorSize = 512 }, Token);
            identities.Add(image.Identity);
            Assert.Equal(512, image.PhysicalSectorSize);
        }

        Assert.All(identities, identity => Assert.Equal(disk, identity.DiskId));
        Assert.Equal(4, identities.SelectMany(identity => new[] { identity.DataWriteGuid, identity.FileWriteGuid }).Distinct().Count());
    }

    private static void AddItem(byte[] file, VhdxMetadataEntry entry)
    {
        const int Count = 5;
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(Metadata + 10), Count + 1);
        entry.Write(file.AsSpan(Metadata + 32 + (Count * VhdxMetadataEntry.Size)));
    }

    private static async Task RefusedAsync(byte[] file, string structure, string fact)
    {
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => OpenAsync(file));
        Assert.Equal(structure, error.Structure);
        Assert.Contains(fact, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("[MS-VHDX]", error.Specification, StringComparison.Ordinal);
    }

    private static async Task UnsupportedAsync(byte[] file, string fact)
    {
        UnsupportedFeatureException error = await Assert.ThrowsAsync<UnsupportedFeatureException>(() => OpenAsync(file));
        Assert.Contains(fact, error.Message, StringComparison.Ordinal);
        Assert.Contains("Convert-VHD", error.RecommendedAction, StringComparison.Ordinal);
    }

    private static async Task CheckAsync(IDiskImage image, byte[] content)
    {
        byte[] read = new byte[content.Length];
        await image.ReadAsync(0, read, Token);
        Assert.Equal(content.Length, content.AsSpan().CommonPrefixLength(read));
    }

    private static async Task<IDiskImage> OpenAsync(byte[] file, DamageTolerance tolerance = DamageTolerance.None) =>
        await DiskFormatRegistry.CreateDefault(new MemoryDiskFiles()).OpenAsync(
            new MemoryBlockDevice(file), null, new DiskOpenOptions { DamageTolerance = tolerance }, Token);

    private static async Task<(byte[] File, byte[] Content)> MakeAsync()
    {
        var files = new MemoryDiskFiles();
        byte[] content = SparseContent.Make(23, 3 << 20, dataShare: 0.9);
        await using (IDiskImage image = await new VhdxFormat().CreateAsync(
            files, "/a.vhdx", new DiskCreateOptions { Length = content.Length, UniqueId = Guid.NewGuid(), BlockSize = 1 << 20 }, Token))
        {
            await image.WriteAsync(0, content, Token);
            await image.FlushAsync(Token);
        }

        byte[] file = new byte[files.Files["/a.vhdx"].Length];
        await files.Files["/a.vhdx"].ReadAsync(0, file, Token);
        return (file, content);
    }
}
