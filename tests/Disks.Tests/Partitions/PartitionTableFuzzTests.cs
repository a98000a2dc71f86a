using System.Buffers.Binary;
using Portability.Core.Checksums;
using Portability.Disks.Partitions;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Partitions;

public sealed class PartitionTableFuzzTests
{
    [Fact]
    public async Task Master_boot_records_end_in_their_own_errors_only()
    {
        byte[] disk = new byte[64 << 10];
        Entry(disk, 0, 0, 0x83, 8, 8);
        Entry(disk, 0, 1, 0x05, 16, 100);
        for (int i = 0; i < 5; i++)
        {
            Entry(disk, 16 + (i * 8), 0, 0x83, 1, 4);
            if (i < 4)
            {
                Entry(disk, 16 + (i * 8), 1, 0x0F, (uint)(i + 1) * 8, 8);
            }
        }

        await FuzzAsync([disk], null, refusals: false);
    }

    [Fact]
    public async Task Guid_partition_tables_end_in_their_own_errors_only()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("disk.img");
        using (FileStream file = File.Create(path))
        {
            file.SetLength(256 << 10);
        }

        ForeignTool.Check("sgdisk", "--resize-table=16", "-U", "5CFFBA93-A1B9-49DA-AAB6-BA554CE10152", "-a", "1", "-n", "1:40:60", "-u", "1:806125DD-020C-48FE-8445-085E953353D0", "-n", "2:64:100", "-u", "2:DB2D17E8-5FA8-42CA-8BF1-39BAC9A3D019", "-c", "2:name", path);
        await FuzzAsync([await File.ReadAllBytesAsync(path)], FixChecksums, refusals: true);
    }

    private static async Task FuzzAsync(IReadOnlyList<byte[]> seeds, Action<byte[]>? fix, bool refusals)
    {
        int done = 0;
        await MutationFuzz.RunAsync(
            seeds,
            async input =>
            {
                await using var device = new ArrayBlockDevice(input, done++ % 4 == 3 ? 4096 : 512);
                PartitionTable table = await PartitionTable.ReadAsync(device, CancellationToken.None);
                Assert.All(table.Partitions, partition => Assert.True(partition.Offset >= 0 && partition.End >= partition.Offset));
                _ = table.Role;
                _ = table.Partitions.Select(partition => partition.ToWorkloadPartition()).ToArray();
            },
            fix,
            expectRefusals: refusals);
    }

    private static void FixChecksums(byte[] disk)
    {
        foreach (int at in new[] { 512, disk.Length - 512 })
        {
            Span<byte> header = disk.AsSpan(at, 512);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
            long entries = (long)BinaryPrimitives.ReadUInt32LittleEndian(header[80..]) * BinaryPrimitives.ReadUInt32LittleEndian(header[84..]);
            ulong from = BinaryPrimitives.ReadUInt64LittleEndian(header[72..]) * 512;
            if (from < (ulong)disk.Length && entries >= 0 && entries <= disk.Length - (long)from)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(header[88..], Crc32.Compute(disk.AsSpan((int)from, (int)entries)));
            }

            if (size is > 20 and <= 512)
            {
                header.Slice(16, 4).Clear();
                BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.Compute(header[..(int)size]));
            }
        }
    }

    private static void Entry(byte[] disk, int sector, int index, byte type, uint start, uint size)
    {
        Span<byte> entry = disk.AsSpan((sector * 512) + 446 + (index * 16), 16);
        entry[4] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], start);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], size);
        disk[(sector * 512) + 510] = 0x55;
        disk[(sector * 512) + 511] = 0xAA;
    }
}
