using System.Buffers.Binary;
using System.Text.Json;
using Portability.Core.Checksums;
using Portability.Disks.Blocks;
using Portability.Disks.Partitions;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Partitions;

/// <summary>Tables made by sfdisk, sgdisk and fdisk, and disks of others, read as those tools read them.</summary>
public sealed class PartitionTableTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mbr-extended-plaso.gz")]
    [InlineData("mbr-four-fs-forensics-samples.gz")]
    [InlineData("mbr-fat16-fat32-embedded-sdmmc.gz")]
    public async Task Reads_disks_of_others(string file)
    {
        using var folder = new TemporaryFolder();
        using JsonDocument expected = TestData.Expected("disk");
        PartitionTable table = await ReadAsync(TestData.Unpack("disk", file, folder.Path));
        JsonElement facts = expected.RootElement.GetProperty("items").EnumerateArray()
            .Single(item => item.GetProperty("file").GetString() == file).GetProperty("facts").GetProperty("partition_table");
        Check(facts, table);
        Assert.Empty(table.Findings);
    }

    [Fact]
    public async Task Reads_primary_and_logical_partitions()
    {
        using var folder = new TemporaryFolder();
        string disk = Make(folder, 200);
        Script(folder, "sfdisk", disk, """
            label: dos
            label-id: 0x1234abcd
            start=2048, size=20480, type=7, bootable
            start=30720, size=300000, type=f
            start=32768, size=40960, type=83
            start=80000, size=40960, type=82
            start=140000, size=10000, type=b
            start=340000, size=2000, type=ef
            """);
        PartitionTable table = await ReadAsync(disk);
        Check(Dump(disk), table);
        Assert.Equal(PartitionStyle.Mbr, table.Style);
        Assert.Equal("0x1234ABCD", table.DiskId);
        Assert.Equal([1, 2, 3, 5, 6, 7], table.Partitions.Select(partition => partition.Number));
        Assert.Equal(PartitionKind.Extended, table.Partitions[1].Kind);
        Assert.True(table.Partitions[0].IsActive);
        Assert.Equal(DiskRole.Boot, table.Role);
        Assert.Equal([1, 3], table.BootPartitions.Select(partition => partition.Number));
        Assert.Empty(table.Findings);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("f")]
    [InlineData("85")]
    public async Task Follows_a_long_chain_of_any_extended_type(string type)
    {
        using var folder = new TemporaryFolder();
        string disk = Make(folder, 100);
        string logical = string.Concat(Enumerable.Range(0, 40).Select(i => $"start={4096 + (i * 4096)}, size=2048, type=83\n"));
        Script(folder, "sfdisk", disk, $"label: dos\nstart=2048, size=200000, type={type}\n{logical}");
        PartitionTable table = await ReadAsync(disk);
        Check(Dump(disk), table);
        Assert.Equal(41, table.Partitions.Count);
        Assert.Equal(DiskRole.Data, table.Role);
    }

    [Fact]
    public async Task Reads_a_guid_partition_table()
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        ForeignTool.Check("sgdisk", "-c", "3:Dätén 💾", disk);
        PartitionTable table = await ReadAsync(disk);
        Check(Dump(disk), table);
        Assert.Equal(PartitionStyle.Gpt, table.Style);
        Assert.Equal("EFI system", table.Partitions[0].TypeName);
        Assert.Equal("Dätén 💾", table.Partitions[2].Name);
        Assert.Equal(1UL << 60, table.Partitions[2].Attributes);
        Assert.Equal([1], table.BootPartitions.Select(partition => partition.Number));
        Assert.Empty(table.Findings);
    }

    [Theory]
    [InlineData(512, 1, PartitionFindingKind.PrimaryDamaged)]
    [InlineData(512 + 16, 4, PartitionFindingKind.PrimaryDamaged)]
    [InlineData(1024 + 40, 1, PartitionFindingKind.PrimaryDamaged)]
    [InlineData(-512, 1, PartitionFindingKind.BackupDamaged)]
    [InlineData(-512 - 16384 + 7, 1, PartitionFindingKind.BackupDamaged)]
    public async Task Stands_one_damaged_copy(int offset, int count, PartitionFindingKind finding)
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        PartitionTable sound = await ReadAsync(disk);
        Patch(disk, offset, count);
        PartitionTable table = await ReadAsync(disk);
        Assert.Equal(sound.Partitions, table.Partitions);
        Assert.Equal(sound.DiskGuid, table.DiskGuid);
        Assert.Equal([finding], table.Findings.Select(one => one.Kind));
    }

    [Fact]
    public async Task Refuses_two_damaged_copies()
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        Patch(disk, 512 + 60, 4);
        Patch(disk, -512 + 60, 4);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => ReadAsync(disk));
        Assert.Contains("CRC-32", error.Message, StringComparison.Ordinal);
        Assert.Equal(512, error.Offset);
    }

    [Theory]
    [InlineData(0xE3E47D47, 0xDBA28090)]
    [InlineData(uint.MaxValue, 128)]
    [InlineData(8193, 128)]
    [InlineData(128, 64)]
    [InlineData(128, 132)]
    public async Task Refuses_headers_whose_entries_make_no_sense(uint count, uint size)
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        byte[] header = new byte[92];
        using (FileStream file = File.Open(disk, FileMode.Open))
        {
            file.Position = 512;
            file.ReadExactly(header);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(80), count);
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(84), size);
            header.AsSpan(16, 4).Clear();
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), Crc32.Compute(header));
            file.Position = 512;
            file.Write(header);
        }

        Assert.Equal([PartitionFindingKind.PrimaryDamaged], (await ReadAsync(disk)).Findings.Select(one => one.Kind));
    }

    [Fact]
    public async Task Reports_a_disk_that_has_grown_and_one_that_was_cut()
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        SetLength(disk, 220 << 20);
        Assert.Equal([PartitionFindingKind.BackupNotAtEnd], (await ReadAsync(disk)).Findings.Select(one => one.Kind));
        SetLength(disk, 100 << 20);
        Assert.Equal(
            [PartitionFindingKind.BackupDamaged, PartitionFindingKind.PartitionOutsideDisk],
            (await ReadAsync(disk)).Findings.Select(one => one.Kind).Order());
    }

    [Fact]
    public async Task Reports_a_missing_protective_record()
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        Patch(disk, 446, 66, 0);
        PartitionTable table = await ReadAsync(disk);
        Assert.Equal(PartitionStyle.Gpt, table.Style);
        Assert.Equal([PartitionFindingKind.ProtectiveRecordMissing], table.Findings.Select(one => one.Kind));
    }

    [Fact]
    public async Task Reads_a_hybrid_table()
    {
        using var folder = new TemporaryFolder();
        string disk = MakeGpt(folder);
        ForeignTool.Check("sgdisk", "--hybrid=2:3", disk);
        PartitionTable table = await ReadAsync(disk);
        Assert.Equal(PartitionStyle.Hybrid, table.Style);
        Assert.Equal(3, table.Partitions.Count);
        Assert.Equal(
            table.Partitions.Skip(1).Select(partition => (partition.Offset, partition.Length)),
            table.HybridPartitions.Select(partition => (partition.Offset, partition.Length)));
    }

    [Fact]
    public async Task Finds_bios_boot_partitions()
    {
        using var folder = new TemporaryFolder();
        string disk = Make(folder, 100);
        ForeignTool.Check("sgdisk", "-n", "1:2048:+1M", "-t", "1:ef02", "-n", "2:0:+50M", disk);
        PartitionTable table = await ReadAsync(disk);
        Assert.Equal("BIOS boot", Assert.Single(table.BootPartitions).TypeName);
        ForeignTool.Check("sgdisk", "-t", "1:8300", "-A", "2:set:2", disk);
        Assert.Equal(2, Assert.Single((await ReadAsync(disk)).BootPartitions).Number);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(512)]
    public async Task Reads_tables_of_4096_byte_sectors(int deviceSectorSize)
    {
        using var folder = new TemporaryFolder();
        string disk = Make(folder, 100);
        Script(folder, "fdisk", disk, "g\nn\n1\n\n+10M\nn\n2\n\n+20M\nt\n1\n1\nw\n", "-b", "4096");
        PartitionTable table = await ReadAsync(disk, deviceSectorSize);
        Assert.Equal(PartitionStyle.Gpt, table.Style);
        Assert.Equal(4096, table.SectorSize);
        Assert.Equal([(1 << 20, 10 << 20), (11 << 20, 20 << 20)], table.Partitions.Select(one => ((int)one.Offset, (int)one.Length)));
        Assert.Equal(deviceSectorSize == 512, table.Findings.Any(one => one.Kind == PartitionFindingKind.OtherSectorSize));
        Assert.Single(table.BootPartitions);
    }

    [Fact]
    public async Task Reads_a_table_of_512_byte_sectors_on_a_disk_of_4096()
    {
        using var folder = new TemporaryFolder();
        PartitionTable table = await ReadAsync(MakeGpt(folder), 4096);
        Assert.Equal(512, table.SectorSize);
        Assert.Equal(3, table.Partitions.Count);
        Assert.Equal([PartitionFindingKind.OtherSectorSize], table.Findings.Select(one => one.Kind));
    }

    [Theory]
    [InlineData(512, 4096)]
    [InlineData(4096, 512)]
    [InlineData(4096, 4096)]
    public async Task Tells_the_sector_size_of_a_master_boot_record(int written, int device)
    {
        using var folder = new TemporaryFolder();
        string disk = Make(folder, 200);
        Script(folder, "fdisk", disk, "o\nn\np\n1\n2048\n+4096\nn\ne\n2\n8192\n+16384\nn\nl\n\n+2048\nn\nl\n\n+2048\nw\n", "-b", written.ToString());
        using (FileStream file = File.OpenWrite(disk))
        {
            // The magic number of an ext file system at the first partition.
            file.Position = (2048L * written) + 1024 + 56;
            file.Write([0x53, 0xEF]);
        }

        PartitionTable table = await ReadAsync(disk, device);
        Assert.Equal(written, table.SectorSize);
        Assert.Equal(2048L * written, table.Partitions[0].Offset);
        Assert.Equal([1, 2, 5, 6], table.Partitions.Select(one => one.Number));
        Assert.Equal(written != device, table.Findings.Any(one => one.Kind == PartitionFindingKind.OtherSectorSize));
    }

    [Fact]
    public async Task Takes_volumes_without_a_table_for_what_they_are()
    {
        using var folder = new TemporaryFolder();
        string disk = Make(folder, 40);
        Assert.Equal(PartitionStyle.None, (await ReadAsync(disk)).Style);
        ForeignTool.Check("mkfs.ext4", "-q", "-F", disk);
        Assert.Equal(PartitionStyle.None, (await ReadAsync(disk)).Style);
        ForeignTool.Check("mkfs.vfat", disk);
        Assert.Equal(PartitionStyle.None, (await ReadAsync(disk)).Style);
    }

    [Fact]
    public async Task Keeps_what_came_before_a_circular_chain()
    {
        byte[] disk = new byte[1 << 20];
        Mbr(disk, 0, 0, (0x05, 64, 1000));
        Mbr(disk, 64, 0, (0x83, 1, 10), (0x05, 32, 10));
        Mbr(disk, 96, 0, (0x83, 1, 10), (0x05, 0, 10));
        await using var device = new ArrayBlockDevice(disk);
        PartitionTable table = await PartitionTable.ReadAsync(device, Token);
        Assert.Equal([1, 5, 6], table.Partitions.Select(one => one.Number));
        Assert.Equal([PartitionFindingKind.LogicalChainBroken], table.Findings.Select(one => one.Kind));
    }

    [Fact]
    public async Task Bounds_the_chain_and_stays_inside_the_disk()
    {
        byte[] disk = new byte[1 << 20];
        Mbr(disk, 0, 0, (0x05, 1, 2000));
        for (int i = 1; i < 2000; i++)
        {
            Mbr(disk, i, 0, (0x83, 1, 1), (0x05, (uint)i, 1));
        }

        await using var device = new ArrayBlockDevice(disk);
        PartitionTable table = await PartitionTable.ReadAsync(device, Token);
        Assert.Equal(257, table.Partitions.Count);
        Assert.Contains(table.Findings, one => one.Kind == PartitionFindingKind.LogicalChainBroken);
        Mbr(disk, 1, 0, (0x83, 1, 1), (0x05, 1_000_000, 1));
        Assert.Contains("leaves the disk", (await PartitionTable.ReadAsync(device, Token)).Findings[0].Text, StringComparison.Ordinal);
    }

    private static void Mbr(byte[] disk, int sector, uint signature, params (byte Type, uint Start, uint Size)[] entries)
    {
        Span<byte> target = disk.AsSpan(sector * 512, 512);
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target[440..], signature);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = target[(446 + (16 * i))..];
            entry[4] = entries[i].Type;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], entries[i].Start);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], entries[i].Size);
        }

        target[510] = 0x55;
        target[511] = 0xAA;
    }

    private static string Make(TemporaryFolder folder, int mebibytes)
    {
        string disk = folder.File("disk.img");
        using FileStream file = File.Create(disk);
        file.SetLength((long)mebibytes << 20);
        return disk;
    }

    private static string MakeGpt(TemporaryFolder folder)
    {
        string disk = Make(folder, 200);
        Script(folder, "sfdisk", disk, """
            label: gpt
            size=20M, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
            size=16M, type=E3C9E316-0B5C-4DB8-817D-F92DF00215AE
            size=120M, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, name="Data", attrs="GUID:60"
            """);
        return disk;
    }

    private static void Script(TemporaryFolder folder, string tool, string disk, string script, params string[] options)
    {
        Assert.SkipWhen(ForeignTool.Find(tool) is null, $"The tool '{tool}' is not installed.");
        string input = folder.File("script");
        File.WriteAllText(input, script + "\n");
        ForeignTool.Check("sh", "-c", $"{ForeignTool.Find(tool)} {string.Join(' ', options)} '{disk}' < '{input}' > /dev/null");
    }

    private static JsonElement Dump(string disk) =>
        JsonDocument.Parse(ForeignTool.Check("sfdisk", "--json", disk)).RootElement.GetProperty("partitiontable");

    private static void Check(JsonElement expected, PartitionTable table)
    {
        Assert.Equal(expected.GetProperty("label").GetString() == "dos" ? PartitionStyle.Mbr : PartitionStyle.Gpt, table.Style);
        Assert.Equal(expected.GetProperty("id").GetString(), table.DiskId, ignoreCase: true);
        JsonElement[] rows = [.. expected.GetProperty("partitions").EnumerateArray()];
        Assert.Equal(rows.Length, table.Partitions.Count);
        foreach ((JsonElement row, DiskPartition partition) in rows.Zip(table.Partitions))
        {
            Assert.EndsWith(partition.Number.ToString(), row.GetProperty("node").GetString(), StringComparison.Ordinal);
            Assert.Equal(row.GetProperty("start").GetInt64() * table.SectorSize, partition.Offset);
            Assert.Equal(row.GetProperty("size").GetInt64() * table.SectorSize, partition.Length);
            string type = table.Style == PartitionStyle.Mbr ? partition.MbrType.ToString("x") : partition.GptType.ToString();
            Assert.Equal(row.GetProperty("type").GetString(), type, ignoreCase: true);
            if (row.TryGetProperty("uuid", out JsonElement id) && table.Style == PartitionStyle.Gpt)
            {
                Assert.Equal(Guid.Parse(id.GetString()!), partition.UniqueId);
            }

            Assert.Equal(row.TryGetProperty("name", out JsonElement name) ? name.GetString() : string.Empty, partition.Name);
        }
    }

    private static async Task<PartitionTable> ReadAsync(string path, int sectorSize = 512)
    {
        await using var device = new SectorSizedDevice(FileBlockDevice.Open(path), sectorSize);
        return await PartitionTable.ReadAsync(device, Token);
    }

    private static void Patch(string path, long offset, int count, byte value = 0x5A)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = offset < 0 ? file.Length + offset : offset;
        file.Write(Enumerable.Repeat(value, count).ToArray());
    }

    private static void SetLength(string path, long length)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength(length);
    }

    private sealed class SectorSizedDevice(IBlockDevice inner, int sectorSize) : DelegatingBlockDevice(inner)
    {
        public override int LogicalSectorSize => sectorSize;
    }
}
