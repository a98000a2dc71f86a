using System.Buffers.Binary;
using System.Text;
using Portability.Disks.Tests;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.Tests.Fat;

/// <summary>Makes a FAT volume byte by byte, by the specification and without the code under test, so that any field can be wrong.</summary>
internal sealed class FatImageBuilder
{
    public const int RootCluster32 = 2;
    private const int ReservedSectors = 8;
    private readonly FatType type;
    private readonly int sectorSize;
    private readonly int fatSectors;
    private readonly int rootRecords;

    public FatImageBuilder(FatType type, int clusters, int sectorSize = 512, int sectorsPerCluster = 1, int rootRecords = 128)
    {
        this.type = type;
        this.sectorSize = sectorSize;
        this.rootRecords = type == FatType.Fat32 ? 0 : rootRecords;
        ClusterSize = sectorSize * sectorsPerCluster;
        int bits = type switch { FatType.Fat12 => 12, FatType.Fat16 => 16, _ => 32 };
        fatSectors = ((((clusters + 2) * bits) + 7) / 8 / sectorSize) + 1;
        Image = new byte[HeapOffset + (clusters * ClusterSize)];
        WriteBootSector(0, sectorsPerCluster);
        SetEntry(0, 0x0FFFFFF8);
        SetEntry(1, 0x0FFFFFFF);
        if (type == FatType.Fat32)
        {
            Image.AsSpan(0, 512).CopyTo(Image.AsSpan(6 * sectorSize));
            WriteFsInfo(sectorSize);
            SetEntry(RootCluster32, 0x0FFFFFFF);
        }
    }

    public byte[] Image { get; }

    public int ClusterSize { get; }

    public int FatOffset => ReservedSectors * sectorSize;

    public int SecondFatOffset => FatOffset + (fatSectors * sectorSize);

    public int RootOffset => type == FatType.Fat32 ? OffsetOf(RootCluster32) : FatOffset + (2 * fatSectors * sectorSize);

    private int HeapOffset => FatOffset + (2 * fatSectors * sectorSize) + (rootRecords * 32);

    public int OffsetOf(int cluster) => HeapOffset + ((cluster - 2) * ClusterSize);

    /// <summary>Sets an entry in both tables.</summary>
    public void SetEntry(int cluster, uint value)
    {
        foreach (int table in new[] { FatOffset, SecondFatOffset })
        {
            switch (type)
            {
                case FatType.Fat12:
                    Span<byte> pair = Image.AsSpan(table + (cluster * 3 / 2));
                    ushort old = BinaryPrimitives.ReadUInt16LittleEndian(pair);
                    ushort now = (ushort)((cluster & 1) == 0 ? (old & 0xF000U) | (value & 0xFFF) : (old & 0x000FU) | ((value & 0xFFF) << 4));
                    BinaryPrimitives.WriteUInt16LittleEndian(pair, now);
                    break;
                case FatType.Fat16:
                    BinaryPrimitives.WriteUInt16LittleEndian(Image.AsSpan(table + (cluster * 2)), (ushort)value);
                    break;
                default:
                    BinaryPrimitives.WriteUInt32LittleEndian(Image.AsSpan(table + (cluster * 4)), value);
                    break;
            }
        }
    }

    /// <summary>Links clusters to a chain with an end.</summary>
    public void Chain(params int[] clusters)
    {
        for (int i = 0; i < clusters.Length; i++)
        {
            SetEntry(clusters[i], i + 1 < clusters.Length ? (uint)clusters[i + 1] : 0x0FFFFFFF);
        }
    }

    /// <summary>Writes a directory record and returns the offset behind it.</summary>
    public int AddRecord(int at, string name, FatAttributes attributes, int cluster, uint size, byte caseFlags = 0)
    {
        Span<byte> record = Image.AsSpan(at, 32);
        Encoding.Latin1.GetBytes(name.PadRight(11), record);
        record[11] = (byte)attributes;
        record[12] = caseFlags;
        record[13] = 150; // 1.5 s
        BinaryPrimitives.WriteUInt16LittleEndian(record[14..], (13 << 11) | (37 << 5) | 11); // 13:37:22
        BinaryPrimitives.WriteUInt16LittleEndian(record[16..], (44 << 9) | (2 << 5) | 29); // 2024-02-29
        BinaryPrimitives.WriteUInt16LittleEndian(record[18..], (44 << 9) | (3 << 5) | 1);
        BinaryPrimitives.WriteUInt16LittleEndian(record[20..], (ushort)(cluster >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(record[22..], (23 << 11) | (59 << 5) | 29);
        BinaryPrimitives.WriteUInt16LittleEndian(record[24..], (127 << 9) | (12 << 5) | 31); // 2107-12-31
        BinaryPrimitives.WriteUInt16LittleEndian(record[26..], (ushort)cluster);
        BinaryPrimitives.WriteUInt32LittleEndian(record[28..], size);
        return at + 32;
    }

    /// <summary>Writes the records of a long name and returns the offset behind them.</summary>
    /// <param name="at">Where.</param>
    /// <param name="longName">The name.</param>
    /// <param name="shortName">The 11 bytes whose checksum they carry.</param>
    public int AddLongName(int at, string longName, string shortName)
    {
        byte sum = 0;
        foreach (byte value in Encoding.Latin1.GetBytes(shortName.PadRight(11)))
        {
            sum = (byte)(((sum & 1) << 7) + (sum >> 1) + value);
        }

        int count = (longName.Length + 12) / 13;
        int[] places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
        for (int order = count; order > 0; order--)
        {
            Span<byte> record = Image.AsSpan(at, 32);
            record.Clear();
            record[0] = (byte)(order | (order == count ? 0x40 : 0));
            record[11] = 0x0F;
            record[13] = sum;
            for (int i = 0; i < 13; i++)
            {
                int index = ((order - 1) * 13) + i;
                ushort unit = index < longName.Length ? longName[index] : index == longName.Length ? (ushort)0 : (ushort)0xFFFF;
                BinaryPrimitives.WriteUInt16LittleEndian(record[places[i]..], unit);
            }

            at += 32;
        }

        return at;
    }

    /// <summary>A file with a long name, in the given clusters, and the offset behind its records.</summary>
    public int AddFile(int at, string longName, string shortName, uint size, params int[] clusters)
    {
        Chain(clusters);
        return AddRecord(AddLongName(at, longName, shortName), shortName, FatAttributes.Archive, clusters.Length == 0 ? 0 : clusters[0], size);
    }

    public Task<IFileSystem> OpenAsync() => new FatFormat().OpenAsync(new ArrayBlockDevice(Image), CancellationToken.None);

    private void WriteBootSector(int at, int sectorsPerCluster)
    {
        Span<byte> boot = Image.AsSpan(at, 512);
        byte[] jump = [0xEB, 0x58, 0x90];
        jump.CopyTo(boot);
        "MSWIN4.1"u8.CopyTo(boot[3..]);
        BinaryPrimitives.WriteUInt16LittleEndian(boot[11..], (ushort)sectorSize);
        boot[13] = (byte)sectorsPerCluster;
        BinaryPrimitives.WriteUInt16LittleEndian(boot[14..], ReservedSectors);
        boot[16] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(boot[17..], (ushort)rootRecords);
        boot[21] = 0xF8;
        BinaryPrimitives.WriteUInt32LittleEndian(boot[32..], (uint)(Image.Length / sectorSize));
        Span<byte> extended = boot[36..];
        if (type == FatType.Fat32)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(boot[36..], (uint)fatSectors);
            BinaryPrimitives.WriteUInt32LittleEndian(boot[44..], RootCluster32);
            BinaryPrimitives.WriteUInt16LittleEndian(boot[48..], 1);
            BinaryPrimitives.WriteUInt16LittleEndian(boot[50..], 6);
            extended = boot[64..];
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(boot[22..], (ushort)fatSectors);
        }

        extended[0] = 0x80;
        extended[2] = 0x29;
        BinaryPrimitives.WriteUInt32LittleEndian(extended[3..], 0x1A2B3C4D);
        "NO NAME    "u8.CopyTo(extended[7..]);
        boot[510] = 0x55;
        boot[511] = 0xAA;
    }

    private void WriteFsInfo(int at)
    {
        Span<byte> info = Image.AsSpan(at, 512);
        "RRaA"u8.CopyTo(info);
        "rrAa"u8.CopyTo(info[484..]);
        BinaryPrimitives.WriteUInt32LittleEndian(info[488..], 42);
        BinaryPrimitives.WriteUInt32LittleEndian(info[492..], 3);
        BinaryPrimitives.WriteUInt32LittleEndian(info[508..], 0xAA550000);
    }
}
