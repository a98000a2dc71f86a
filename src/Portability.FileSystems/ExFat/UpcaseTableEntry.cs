using System.Buffers.Binary;

namespace Portability.FileSystems.ExFat;

/// <summary>Up-case Table entry of the root directory: where the table lies and its checksum.</summary>
/// <remarks>Microsoft exFAT specification, 7.2. 32 bytes, little-endian.</remarks>
internal readonly record struct UpcaseTableEntry
{
    private const int EntryTypeAt = 0;
    private const int TableChecksumAt = EntryTypeAt + 1 + 3;
    private const int FirstClusterAt = TableChecksumAt + 4 + 12;
    private const int DataLengthAt = FirstClusterAt + 4;

    /// <summary>TableChecksum.</summary>
    public required uint TableChecksum { get; init; }

    /// <summary>FirstCluster.</summary>
    public required uint FirstCluster { get; init; }

    /// <summary>DataLength in bytes.</summary>
    public required ulong DataLength { get; init; }

    /// <summary>Reads an entry.</summary>
    /// <param name="source">32 bytes.</param>
    public static UpcaseTableEntry Read(ReadOnlySpan<byte> source) => new()
    {
        TableChecksum = BinaryPrimitives.ReadUInt32LittleEndian(source[TableChecksumAt..]),
        FirstCluster = BinaryPrimitives.ReadUInt32LittleEndian(source[FirstClusterAt..]),
        DataLength = BinaryPrimitives.ReadUInt64LittleEndian(source[DataLengthAt..]),
    };
}
