using System.Buffers.Binary;

namespace Portability.FileSystems.Fat;

/// <summary>Long-name record: 13 units of a long name. The records of a name lie before its directory record, the last part first.</summary>
/// <remarks>Microsoft FAT specification, section 7. 32 bytes, little-endian.</remarks>
internal static class LongNameRecord
{
    /// <summary>Units in a record.</summary>
    public const int UnitCount = 13;

    /// <summary>Most records of a name.</summary>
    public const int MaximumCount = 20;

    /// <summary>Most units of a name.</summary>
    public const int MaximumUnits = 255;

    private const int OrderAt = 0;
    private const int Name1At = OrderAt + 1;
    private const int Name1Size = 10;
    private const int AttributesAt = Name1At + Name1Size;
    private const int TypeAt = AttributesAt + 1;
    private const int ChecksumAt = TypeAt + 1;
    private const int Name2At = ChecksumAt + 1;
    private const int Name2Size = 12;
    private const int FirstClusterAt = Name2At + Name2Size;
    private const int Name3At = FirstClusterAt + 2;
    private const int Name3Size = 4;
    private const byte LastFlag = 0x40;
    private const byte OrderMask = 0x1F;

    /// <summary>LDIR_Ord: which part it is, from 1.</summary>
    public static int Order(ReadOnlySpan<byte> record) => record[OrderAt] & OrderMask;

    /// <summary>True for the last part, which is stored first.</summary>
    public static bool IsLast(ReadOnlySpan<byte> record) => (record[OrderAt] & LastFlag) != 0;

    /// <summary>LDIR_Type: 0 for a part of a name.</summary>
    public static byte Type(ReadOnlySpan<byte> record) => record[TypeAt];

    /// <summary>LDIR_Chksum: checksum of the short name that it belongs to.</summary>
    public static byte Checksum(ReadOnlySpan<byte> record) => record[ChecksumAt];

    /// <summary>Copies the units, as bytes.</summary>
    /// <param name="record">The record.</param>
    /// <param name="units">Twice <see cref="UnitCount"/> bytes.</param>
    public static void CopyUnits(ReadOnlySpan<byte> record, Span<byte> units)
    {
        record.Slice(Name1At, Name1Size).CopyTo(units);
        record.Slice(Name2At, Name2Size).CopyTo(units[Name1Size..]);
        record.Slice(Name3At, Name3Size).CopyTo(units[(Name1Size + Name2Size)..]);
    }

    /// <summary>Reads a unit.</summary>
    /// <param name="units">Units as bytes.</param>
    /// <param name="index">Its number.</param>
    public static ushort UnitAt(ReadOnlySpan<byte> units, int index) => BinaryPrimitives.ReadUInt16LittleEndian(units[(index * 2)..]);
}
