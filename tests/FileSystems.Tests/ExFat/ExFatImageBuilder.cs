using System.Buffers.Binary;
using Portability.Disks.Tests;
using Portability.FileSystems.ExFat;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.Tests.ExFat;

/// <summary>Makes an exFAT volume byte by byte, by the specification, so that any field can be wrong: bitmap in cluster 2, up-case table in 3, root in 4.</summary>
internal sealed class ExFatImageBuilder
{
    public const int RootCluster = 4;
    private const int FatSector = 24;
    private const int HeapSector = 32;
    private readonly int sectorShift;
    private readonly int clusterShift;

    public ExFatImageBuilder(int clusters = 64, int sectorShift = 9, int clusterShift = 0)
    {
        this.sectorShift = sectorShift;
        this.clusterShift = clusterShift;
        ClusterCount = clusters;
        Image = new byte[(HeapSector << sectorShift) + ((long)clusters << (sectorShift + clusterShift))];
        WriteBootSector();
        SetEntry(0, 0xFFFFFFF8);
        SetEntry(1, 0xFFFFFFFF);
        Chain(2);
        Chain(3);
        Chain(RootCluster);
        Image[OffsetOf(2)] = 7;
        WriteUpcase(OffsetOf(3));
        Behind = WriteRoot(OffsetOf(RootCluster));
        FixBootChecksum();
    }

    public byte[] Image { get; }

    public int ClusterCount { get; }

    public int ClusterSize => 1 << (sectorShift + clusterShift);

    public int FatOffset => FatSector << sectorShift;

    public int RootOffset => OffsetOf(RootCluster);

    /// <summary>Offset behind what every root directory begins with.</summary>
    public int Behind { get; }

    public int OffsetOf(int cluster) => (HeapSector << sectorShift) + ((cluster - 2) * ClusterSize);

    public void SetEntry(int cluster, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Image.AsSpan(FatOffset + (cluster * 4)), value);

    public void Chain(params int[] clusters)
    {
        for (int i = 0; i < clusters.Length; i++)
        {
            SetEntry(clusters[i], i + 1 < clusters.Length ? (uint)clusters[i + 1] : 0xFFFFFFFF);
        }
    }

    /// <summary>Entries of a file or directory, with their checksum.</summary>
    public static byte[] MakeSet(string name, FatAttributes attributes, uint cluster, ulong length, ulong valid, bool noFatChain)
    {
        int parts = (name.Length + 14) / 15;
        byte[] set = new byte[(2 + parts) * 32];
        set[0] = 0x85;
        set[1] = (byte)(1 + parts);
        set[4] = (byte)attributes;
        BinaryPrimitives.WriteUInt32LittleEndian(set.AsSpan(8), Timestamp(2024, 2, 29, 13, 37, 22));
        BinaryPrimitives.WriteUInt32LittleEndian(set.AsSpan(12), Timestamp(2024, 3, 1, 0, 30, 0));
        BinaryPrimitives.WriteUInt32LittleEndian(set.AsSpan(16), Timestamp(1980, 1, 1, 0, 0, 0));
        set[20] = 150; // 1.5 s
        set[21] = 1;
        set[22] = 0x80 | 0x08; // two hours ahead of UTC
        set[23] = 0x80 | 0x6C; // five hours behind
        Span<byte> stream = set.AsSpan(32);
        stream[0] = 0xC0;
        stream[1] = (byte)(noFatChain ? 3 : 1);
        stream[3] = (byte)name.Length;
        BinaryPrimitives.WriteUInt64LittleEndian(stream[8..], valid);
        BinaryPrimitives.WriteUInt32LittleEndian(stream[20..], cluster);
        BinaryPrimitives.WriteUInt64LittleEndian(stream[24..], length);
        for (int i = 0; i < name.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(set.AsSpan(((2 + (i / 15)) * 32) + 2 + (i % 15 * 2)), name[i]);
        }

        for (int i = 0; i < parts; i++)
        {
            set[(2 + i) * 32] = 0xC1;
        }

        FixSet(set);
        return set;
    }

    /// <summary>Writes the entries of a file and returns the offset behind them.</summary>
    public int AddFile(int at, string name, FatAttributes attributes, int cluster, long length, long valid = -1, bool noFatChain = false)
    {
        byte[] set = MakeSet(name, attributes, (uint)cluster, (ulong)length, (ulong)(valid < 0 ? length : valid), noFatChain);
        set.CopyTo(Image, at);
        return at + set.Length;
    }

    public static void FixSet(Span<byte> set)
    {
        int sum = 0;
        for (int i = 0; i < set.Length; i++)
        {
            sum = i is 2 or 3 ? sum : (((sum << 15) | (sum >> 1)) + set[i]) & 0xFFFF;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(set[2..], (ushort)sum);
    }

    public void FixBootChecksum() => FixBootChecksum(Image, sectorShift);

    /// <summary>Writes the checksum of the main boot region, and copies the region to its backup.</summary>
    public static void FixBootChecksum(byte[] image, int sectorShift)
    {
        int size = 11 << sectorShift;
        uint sum = 0;
        for (int i = 0; i < size; i++)
        {
            sum = i is 106 or 107 or 112 ? sum : ((sum << 31) | (sum >> 1)) + image[i];
        }

        for (int at = size; at < 12 << sectorShift; at += 4)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(at), sum);
        }

        image.AsSpan(0, 12 << sectorShift).CopyTo(image.AsSpan(12 << sectorShift));
    }

    public Task<IFileSystem> OpenAsync() => new ExFatFormat().OpenAsync(new ArrayBlockDevice(Image), CancellationToken.None);

    private static uint Timestamp(int year, int month, int day, int hour, int minute, int second) =>
        (uint)(((year - 1980) << 25) | (month << 21) | (day << 16) | (hour << 11) | (minute << 5) | (second / 2));

    private void WriteBootSector()
    {
        Span<byte> boot = Image;
        byte[] jump = [0xEB, 0x76, 0x90];
        jump.CopyTo(boot);
        "EXFAT   "u8.CopyTo(boot[3..]);
        BinaryPrimitives.WriteUInt64LittleEndian(boot[72..], (ulong)(Image.Length >> sectorShift));
        BinaryPrimitives.WriteUInt32LittleEndian(boot[80..], FatSector);
        BinaryPrimitives.WriteUInt32LittleEndian(boot[84..], HeapSector - FatSector);
        BinaryPrimitives.WriteUInt32LittleEndian(boot[88..], HeapSector);
        BinaryPrimitives.WriteUInt32LittleEndian(boot[92..], (uint)ClusterCount);
        BinaryPrimitives.WriteUInt32LittleEndian(boot[96..], RootCluster);
        BinaryPrimitives.WriteUInt32LittleEndian(boot[100..], 0x1A2B3C4D);
        boot[105] = 1;
        boot[108] = (byte)sectorShift;
        boot[109] = (byte)clusterShift;
        boot[110] = 1;
        boot[510] = 0x55;
        boot[511] = 0xAA;
    }

    // Units up to 'z': then the table ends. The upper case of q is 7, as on no other volume, so that a test sees whose table is used.
    private void WriteUpcase(int at)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Image.AsSpan(at), 0xFFFF);
        BinaryPrimitives.WriteUInt16LittleEndian(Image.AsSpan(at + 2), 'a');
        for (int i = 0; i < 26; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(Image.AsSpan(at + 4 + (i * 2)), i == 'q' - 'a' ? '7' : (ushort)('A' + i));
        }
    }

    private int WriteRoot(int at)
    {
        Span<byte> label = Image.AsSpan(at);
        label[0] = 0x83;
        label[1] = 5;
        for (int i = 0; i < 5; i++)
        {
            label[2 + (i * 2)] = (byte)"Label"[i];
        }

        Span<byte> bitmap = Image.AsSpan(at + 32);
        bitmap[0] = 0x81;
        BinaryPrimitives.WriteUInt32LittleEndian(bitmap[20..], 2);
        BinaryPrimitives.WriteUInt64LittleEndian(bitmap[24..], (ulong)((ClusterCount + 7) / 8));
        Span<byte> upcase = Image.AsSpan(at + 64);
        uint sum = 0;
        foreach (byte value in Image.AsSpan(OffsetOf(3), 56))
        {
            sum = ((sum << 31) | (sum >> 1)) + value;
        }

        upcase[0] = 0x82;
        BinaryPrimitives.WriteUInt32LittleEndian(upcase[4..], sum);
        BinaryPrimitives.WriteUInt32LittleEndian(upcase[20..], 3);
        BinaryPrimitives.WriteUInt64LittleEndian(upcase[24..], 56);
        return at + 96;
    }
}
