using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX metadata table entry: where a metadata item lies in the metadata region.</summary>
/// <remarks>[MS-VHDX] 2.6.1.2. 32 bytes, little-endian.</remarks>
/// <param name="Id">What the item is.</param>
/// <param name="Offset">Offset in the region, in bytes.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Flags">Who the item concerns.</param>
internal readonly record struct VhdxMetadataEntry(Guid Id, uint Offset, uint Length, VhdxMetadataFlags Flags)
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 32;

    /// <summary>Longest item in bytes.</summary>
    public const uint MaximumLength = 1 << 20;

    private const int IdAt = 0;
    private const int OffsetAt = IdAt + 16;
    private const int LengthAt = OffsetAt + 4;
    private const int FlagsAt = LengthAt + 4;

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdxMetadataEntry Read(ReadOnlySpan<byte> source) => new(
        new Guid(source.Slice(IdAt, 16)),
        BinaryPrimitives.ReadUInt32LittleEndian(source[OffsetAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[LengthAt..]),
        (VhdxMetadataFlags)BinaryPrimitives.ReadUInt32LittleEndian(source[FlagsAt..]));

    /// <summary>Writes the entry.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        Id.TryWriteBytes(target[IdAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[OffsetAt..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[LengthAt..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[FlagsAt..], (uint)Flags);
    }
}
