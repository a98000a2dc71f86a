using System.Buffers.Binary;

namespace Portability.FileSystems.ExFat;

/// <summary>Allocation Bitmap entry of the root directory: where the bitmap of clusters in use lies.</summary>
/// <remarks>Microsoft exFAT specification, 7.1. 32 bytes, little-endian.</remarks>
internal readonly record struct AllocationBitmapEntry
{
    private const int EntryTypeAt = 0;
    private const int BitmapFlagsAt = EntryTypeAt + 1;
    private const int FirstClusterAt = BitmapFlagsAt + 1 + 18;
    private const int DataLengthAt = FirstClusterAt + 4;

    /// <summary>True for the bitmap that belongs to the second FAT.</summary>
    public required bool IsSecond { get; init; }

    /// <summary>FirstCluster.</summary>
    public required uint FirstCluster { get; init; }

    /// <summary>DataLength in bytes.</summary>
    public required ulong DataLength { get; init; }

    /// <summary>Reads an entry.</summary>
    /// <param name="source">32 bytes.</param>
    public static AllocationBitmapEntry Read(ReadOnlySpan<byte> source) => new()
    {
        IsSecond = (source[BitmapFlagsAt] & 1) != 0,
        FirstCluster = BinaryPrimitives.ReadUInt32LittleEndian(source[FirstClusterAt..]),
        DataLength = BinaryPrimitives.ReadUInt64LittleEndian(source[DataLengthAt..]),
    };
}
