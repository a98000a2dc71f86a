using System.Buffers.Binary;
using Portability.Core.Binary;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>Header of a QCOW2 image, at the start of its first cluster.</summary>
/// <remarks>QEMU docs/interop/qcow2, "Header". 72 bytes in version 2, 104 or more in version 3, big-endian.</remarks>
internal sealed record Qcow2Header
{
    /// <summary>`QFI` and 0xFB.</summary>
    public const uint ExpectedMagic = 0x514649FB;

    /// <summary>Bytes of a header of version 2.</summary>
    public const int Version2Size = SnapshotsOffsetAt + 8;

    /// <summary>Smallest size of a header of version 3, in bytes.</summary>
    public const int Version3Size = HeaderLengthAt + 4;

    /// <summary>Bytes to read to have all fields that are known.</summary>
    public const int ReadSize = CompressionTypeAt + 8;

    /// <summary>Smallest cluster, as a power of two.</summary>
    public const int MinimumClusterBits = 9;

    /// <summary>Largest cluster, as a power of two.</summary>
    public const int MaximumClusterBits = 21;

    /// <summary>Longest name of a backing file, in bytes.</summary>
    public const int MaximumBackingNameSize = 1023;

    /// <summary>Largest L1 table in bytes; QEMU's own limit.</summary>
    public const long MaximumL1Bytes = 32 << 20;

    private const int VersionAt = 4;
    private const int BackingFileOffsetAt = VersionAt + 4;
    private const int BackingFileSizeAt = BackingFileOffsetAt + 8;
    private const int ClusterBitsAt = BackingFileSizeAt + 4;
    private const int SizeAt = ClusterBitsAt + 4;
    private const int CryptMethodAt = SizeAt + 8;
    private const int L1SizeAt = CryptMethodAt + 4;
    private const int L1TableOffsetAt = L1SizeAt + 4;
    private const int RefcountTableOffsetAt = L1TableOffsetAt + 8;
    private const int RefcountTableClustersAt = RefcountTableOffsetAt + 8;
    private const int SnapshotCountAt = RefcountTableClustersAt + 4;
    private const int SnapshotsOffsetAt = SnapshotCountAt + 4;
    private const int IncompatibleFeaturesAt = SnapshotsOffsetAt + 8;
    private const int CompatibleFeaturesAt = IncompatibleFeaturesAt + 8;
    private const int AutoclearFeaturesAt = CompatibleFeaturesAt + 8;
    private const int RefcountOrderAt = AutoclearFeaturesAt + 8;
    private const int HeaderLengthAt = RefcountOrderAt + 4;
    private const int CompressionTypeAt = HeaderLengthAt + 4;

    /// <summary>Version: 2 or 3.</summary>
    public uint Version { get; init; }

    /// <summary>Offset of the backing file's name in bytes, or 0.</summary>
    public ulong BackingFileOffset { get; init; }

    /// <summary>Length of the backing file's name in bytes.</summary>
    public uint BackingFileSize { get; init; }

    /// <summary>Cluster size as a power of two.</summary>
    public uint ClusterBits { get; init; }

    /// <summary>Size of the disk in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>0 for none, 1 for AES, 2 for LUKS.</summary>
    public uint CryptMethod { get; init; }

    /// <summary>Entries of the L1 table.</summary>
    public uint L1Size { get; init; }

    /// <summary>Offset of the L1 table in bytes.</summary>
    public ulong L1TableOffset { get; init; }

    /// <summary>Offset of the refcount table in bytes.</summary>
    public ulong RefcountTableOffset { get; init; }

    /// <summary>Clusters of the refcount table.</summary>
    public uint RefcountTableClusters { get; init; }

    /// <summary>Number of internal snapshots.</summary>
    public uint SnapshotCount { get; init; }

    /// <summary>Offset of the snapshot table in bytes.</summary>
    public ulong SnapshotsOffset { get; init; }

    /// <summary>Features that must be known to read the image; 0 in version 2.</summary>
    public ulong IncompatibleFeatures { get; init; }

    /// <summary>Features that may be ignored; 0 in version 2.</summary>
    public ulong CompatibleFeatures { get; init; }

    /// <summary>Features that a writer that does not know them must clear; 0 in version 2.</summary>
    public ulong AutoclearFeatures { get; init; }

    /// <summary>Bits of a refcount as a power of two; 4 in version 2.</summary>
    public uint RefcountOrder { get; init; } = 4;

    /// <summary>Length of the header in bytes; extensions follow.</summary>
    public uint HeaderLength { get; init; } = Version2Size;

    /// <summary>0 for deflate, 1 for zstd; 0 where the field is missing.</summary>
    public byte CompressionType { get; init; }

    /// <summary>Cluster size in bytes.</summary>
    public int ClusterSize => 1 << (int)ClusterBits;

    /// <summary>True if L2 entries describe subclusters.</summary>
    public bool HasExtendedL2 => (IncompatibleFeatures & Qcow2Features.ExtendedL2) != 0;

    /// <summary>Size of an L2 entry in bytes.</summary>
    public int L2EntrySize => HasExtendedL2 ? 16 : 8;

    /// <summary>Entries of an L2 table.</summary>
    public int L2EntryCount => ClusterSize / L2EntrySize;

    /// <summary>Version of a file that has the magic number, or null of one that has not.</summary>
    /// <param name="head">First bytes of the file.</param>
    public static uint? VersionOf(ReadOnlySpan<byte> head) =>
        head.Length >= VersionAt + 4 && BinaryPrimitives.ReadUInt32BigEndian(head) == ExpectedMagic
            ? BinaryPrimitives.ReadUInt32BigEndian(head[VersionAt..])
            : null;

    /// <summary>Reads a header of version 2 or 3; fields beyond the header's length are left at their defaults.</summary>
    /// <param name="source">The first <see cref="ReadSize"/> bytes, or all of a shorter file.</param>
    /// <exception cref="InvalidFormatException">The bytes end before the header.</exception>
    public static Qcow2Header Read(ReadOnlySpan<byte> source)
    {
        var reader = new SpanReader(source, Qcow2Format.FormatName, "header");
        reader.Skip(VersionAt);
        var header = new Qcow2Header
        {
            Version = reader.ReadUInt32BigEndian(),
            BackingFileOffset = reader.ReadUInt64BigEndian(),
            BackingFileSize = reader.ReadUInt32BigEndian(),
            ClusterBits = reader.ReadUInt32BigEndian(),
            Size = reader.ReadUInt64BigEndian(),
            CryptMethod = reader.ReadUInt32BigEndian(),
            L1Size = reader.ReadUInt32BigEndian(),
            L1TableOffset = reader.ReadUInt64BigEndian(),
            RefcountTableOffset = reader.ReadUInt64BigEndian(),
            RefcountTableClusters = reader.ReadUInt32BigEndian(),
            SnapshotCount = reader.ReadUInt32BigEndian(),
            SnapshotsOffset = reader.ReadUInt64BigEndian(),
        };
        if (header.Version < 3)
        {
            return header;
        }

        header = header with
        {
            IncompatibleFeatures = reader.ReadUInt64BigEndian(),
            CompatibleFeatures = reader.ReadUInt64BigEndian(),
            AutoclearFeatures = reader.ReadUInt64BigEndian(),
            RefcountOrder = reader.ReadUInt32BigEndian(),
            HeaderLength = reader.ReadUInt32BigEndian(),
        };
        return header with { CompressionType = header.HeaderLength > CompressionTypeAt && reader.Remaining > 0 ? reader.ReadByte() : (byte)0 };
    }

    /// <summary>Writes a header of version 3 with the length <see cref="HeaderLength"/>.</summary>
    /// <param name="target">At least <see cref="HeaderLength"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        var writer = new SpanWriter(target);
        writer.WriteUInt32BigEndian(ExpectedMagic);
        writer.WriteUInt32BigEndian(Version);
        writer.WriteUInt64BigEndian(BackingFileOffset);
        writer.WriteUInt32BigEndian(BackingFileSize);
        writer.WriteUInt32BigEndian(ClusterBits);
        writer.WriteUInt64BigEndian(Size);
        writer.WriteUInt32BigEndian(CryptMethod);
        writer.WriteUInt32BigEndian(L1Size);
        writer.WriteUInt64BigEndian(L1TableOffset);
        writer.WriteUInt64BigEndian(RefcountTableOffset);
        writer.WriteUInt32BigEndian(RefcountTableClusters);
        writer.WriteUInt32BigEndian(SnapshotCount);
        writer.WriteUInt64BigEndian(SnapshotsOffset);
        writer.WriteUInt64BigEndian(IncompatibleFeatures);
        writer.WriteUInt64BigEndian(CompatibleFeatures);
        writer.WriteUInt64BigEndian(AutoclearFeatures);
        writer.WriteUInt32BigEndian(RefcountOrder);
        writer.WriteUInt32BigEndian(HeaderLength);
    }
}
