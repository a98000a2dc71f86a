using System.Buffers.Binary;

namespace Portability.FileSystems.ExFat;

/// <summary>Stream Extension entry: lengths and first cluster of a file or directory.</summary>
/// <remarks>Microsoft exFAT specification, 7.6. 32 bytes, little-endian.</remarks>
internal readonly record struct StreamExtensionEntry
{
    private const int EntryTypeAt = 0;
    private const int FlagsAt = EntryTypeAt + 1;
    private const int NameLengthAt = FlagsAt + 1 + 1;
    private const int NameHashAt = NameLengthAt + 1;
    private const int ValidDataLengthAt = NameHashAt + 2 + 2;
    private const int FirstClusterAt = ValidDataLengthAt + 8 + 4;
    private const int DataLengthAt = FirstClusterAt + 4;
    private const byte NoFatChainFlag = 2;

    /// <summary>NoFatChain: the clusters follow each other, and the FAT does not tell of them.</summary>
    public required bool HasNoFatChain { get; init; }

    /// <summary>NameLength in units.</summary>
    public required int NameLength { get; init; }

    /// <summary>ValidDataLength in bytes: what lies behind was never written.</summary>
    public required ulong ValidDataLength { get; init; }

    /// <summary>FirstCluster.</summary>
    public required uint FirstCluster { get; init; }

    /// <summary>DataLength in bytes.</summary>
    public required ulong DataLength { get; init; }

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least 32 bytes.</param>
    public static StreamExtensionEntry Read(ReadOnlySpan<byte> source) => new()
    {
        HasNoFatChain = (source[FlagsAt] & NoFatChainFlag) != 0,
        NameLength = source[NameLengthAt],
        ValidDataLength = BinaryPrimitives.ReadUInt64LittleEndian(source[ValidDataLengthAt..]),
        FirstCluster = BinaryPrimitives.ReadUInt32LittleEndian(source[FirstClusterAt..]),
        DataLength = BinaryPrimitives.ReadUInt64LittleEndian(source[DataLengthAt..]),
    };
}
