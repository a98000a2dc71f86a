using System.Buffers.Binary;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>File entry: primary entry of the set of a file or directory.</summary>
/// <remarks>Microsoft exFAT specification, 7.4. 32 bytes, little-endian.</remarks>
internal readonly record struct FileEntry
{
    /// <summary>Offset of SetChecksum, which the checksum leaves out.</summary>
    public const int SetChecksumAt = SecondaryCountAt + 1;

    private const int EntryTypeAt = 0;
    private const int SecondaryCountAt = EntryTypeAt + 1;
    private const int AttributesAt = SetChecksumAt + 2;
    private const int CreateTimestampAt = AttributesAt + 2 + 2;
    private const int ModifiedTimestampAt = CreateTimestampAt + 4;
    private const int AccessedTimestampAt = ModifiedTimestampAt + 4;
    private const int Create10msAt = AccessedTimestampAt + 4;
    private const int Modified10msAt = Create10msAt + 1;
    private const int CreateUtcOffsetAt = Modified10msAt + 1;
    private const int ModifiedUtcOffsetAt = CreateUtcOffsetAt + 1;
    private const int AccessedUtcOffsetAt = ModifiedUtcOffsetAt + 1;

    /// <summary>FileAttributes.</summary>
    public required FatAttributes Attributes { get; init; }

    /// <summary>Times, those with a valid offset in UTC.</summary>
    public required FileTimes Times { get; init; }

    /// <summary>SecondaryCount: entries that follow in the set.</summary>
    public static int SecondaryCount(ReadOnlySpan<byte> source) => source[SecondaryCountAt];

    /// <summary>SetChecksum as stored.</summary>
    public static ushort SetChecksum(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16LittleEndian(source[SetChecksumAt..]);

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least 32 bytes.</param>
    public static FileEntry Read(ReadOnlySpan<byte> source) => new()
    {
        Attributes = (FatAttributes)BinaryPrimitives.ReadUInt16LittleEndian(source[AttributesAt..]),
        Times = new FileTimes(
            ExFatTimestamp.ToFileTime(BinaryPrimitives.ReadUInt32LittleEndian(source[CreateTimestampAt..]), source[Create10msAt], source[CreateUtcOffsetAt]),
            ExFatTimestamp.ToFileTime(BinaryPrimitives.ReadUInt32LittleEndian(source[ModifiedTimestampAt..]), source[Modified10msAt], source[ModifiedUtcOffsetAt]),
            null,
            ExFatTimestamp.ToFileTime(BinaryPrimitives.ReadUInt32LittleEndian(source[AccessedTimestampAt..]), 0, source[AccessedUtcOffsetAt])),
    };
}
