using System.Buffers.Binary;

namespace Portability.FileSystems.Fat;

/// <summary>Directory record: a file, a directory or the volume's label, by its short name.</summary>
/// <remarks>Microsoft FAT specification, section 6. 32 bytes, little-endian.</remarks>
internal readonly record struct DirectoryRecord
{
    /// <summary>Size of a record in bytes.</summary>
    public const int Size = FileSizeAt + 4;

    /// <summary>Bytes of the stored name.</summary>
    public const int NameSize = 11;

    /// <summary>First byte of a record that is free.</summary>
    public const byte Deleted = 0xE5;

    /// <summary>First byte of a record that is free as all behind it are.</summary>
    public const byte End = 0;

    /// <summary>Section of the specification.</summary>
    public const string Section = "section 6";

    private const int NameAt = 0;
    private const int AttributesAt = NameAt + NameSize;
    private const int CaseFlagsAt = AttributesAt + 1;
    private const int CreationTenthsAt = CaseFlagsAt + 1;
    private const int CreationTimeAt = CreationTenthsAt + 1;
    private const int CreationDateAt = CreationTimeAt + 2;
    private const int AccessDateAt = CreationDateAt + 2;
    private const int FirstClusterHighAt = AccessDateAt + 2;
    private const int WriteTimeAt = FirstClusterHighAt + 2;
    private const int WriteDateAt = WriteTimeAt + 2;
    private const int FirstClusterLowAt = WriteDateAt + 2;
    private const int FileSizeAt = FirstClusterLowAt + 2;
    private const byte AttributesMask = 0x3F;

    /// <summary>DIR_Name and the case flags, decoded.</summary>
    public required ShortName Name { get; init; }

    /// <summary>DIR_Attr without its reserved bits.</summary>
    public required FatAttributes Attributes { get; init; }

    /// <summary>DIR_CrtDate, DIR_CrtTime and DIR_CrtTimeTenth.</summary>
    public required FileTime? Created { get; init; }

    /// <summary>DIR_WrtDate and DIR_WrtTime.</summary>
    public required FileTime? Modified { get; init; }

    /// <summary>DIR_LstAccDate.</summary>
    public required FileTime? Accessed { get; init; }

    /// <summary>DIR_FstClusHI and DIR_FstClusLO; only FAT32 has the upper half.</summary>
    public required uint FirstCluster { get; init; }

    /// <summary>DIR_FileSize in bytes; 0 for directories.</summary>
    public required uint FileSize { get; init; }

    /// <summary>Reads a record.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <param name="type">Type of the volume.</param>
    public static DirectoryRecord Read(ReadOnlySpan<byte> source, FatType type)
    {
        uint high = type == FatType.Fat32 ? BinaryPrimitives.ReadUInt16LittleEndian(source[FirstClusterHighAt..]) : (uint)0;
        return new DirectoryRecord
        {
            Name = new ShortName(source.Slice(NameAt, NameSize), source[CaseFlagsAt]),
            Attributes = AttributesOf(source),
            Created = FatTime.ToFileTime(
                BinaryPrimitives.ReadUInt16LittleEndian(source[CreationDateAt..]), BinaryPrimitives.ReadUInt16LittleEndian(source[CreationTimeAt..]), source[CreationTenthsAt]),
            Modified = FatTime.ToFileTime(BinaryPrimitives.ReadUInt16LittleEndian(source[WriteDateAt..]), BinaryPrimitives.ReadUInt16LittleEndian(source[WriteTimeAt..])),
            Accessed = FatTime.ToFileTime(BinaryPrimitives.ReadUInt16LittleEndian(source[AccessDateAt..]), 0),
            FirstCluster = (high << 16) | BinaryPrimitives.ReadUInt16LittleEndian(source[FirstClusterLowAt..]),
            FileSize = BinaryPrimitives.ReadUInt32LittleEndian(source[FileSizeAt..]),
        };
    }

    /// <summary>Tells whether a record is a file or directory of its own: not free, no label, no part of a long name, not `.` or `..`, and with a name.</summary>
    public static bool IsNode(ReadOnlySpan<byte> source) =>
        source[NameAt] is not (End or Deleted) && !AttributesOf(source).HasFlag(FatAttributes.VolumeId) && ShortName.IsUsable(source.Slice(NameAt, NameSize));

    /// <summary>Tells whether a record is a part of a long name, whether or not it belongs to a file.</summary>
    public static bool IsLongName(ReadOnlySpan<byte> source) => source[NameAt] is not (End or Deleted) && AttributesOf(source) == FatAttributes.LongName;

    /// <summary>Reads the volume's label.</summary>
    /// <param name="source">A record.</param>
    /// <returns>Null if it is none.</returns>
    public static string? ReadLabel(ReadOnlySpan<byte> source) =>
        source[NameAt] is not (End or Deleted) && (AttributesOf(source) & (FatAttributes.VolumeId | FatAttributes.Directory)) == FatAttributes.VolumeId && !IsLongName(source)
            ? ShortName.DecodeLabel(source.Slice(NameAt, NameSize))
            : null;

    private static FatAttributes AttributesOf(ReadOnlySpan<byte> source) => (FatAttributes)(source[AttributesAt] & AttributesMask);
}
