using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX region table entry: where a region lies.</summary>
/// <remarks>[MS-VHDX] 2.2.3.2. 32 bytes, little-endian.</remarks>
/// <param name="Id">What the region is.</param>
/// <param name="Offset">Offset in the file, in bytes.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="IsRequired">True if a reader that does not know the region must not open the file.</param>
internal readonly record struct VhdxRegion(Guid Id, ulong Offset, uint Length, bool IsRequired)
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 32;

    private const int IdAt = 0;
    private const int OffsetAt = IdAt + 16;
    private const int LengthAt = OffsetAt + 8;
    private const int RequiredAt = LengthAt + 4;

    /// <summary>Reads an entry.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdxRegion Read(ReadOnlySpan<byte> source) => new(
        new Guid(source.Slice(IdAt, 16)),
        BinaryPrimitives.ReadUInt64LittleEndian(source[OffsetAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[LengthAt..]),
        (BinaryPrimitives.ReadUInt32LittleEndian(source[RequiredAt..]) & 1) != 0);

    /// <summary>Writes the entry.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        Id.TryWriteBytes(target[IdAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[OffsetAt..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[LengthAt..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[RequiredAt..], IsRequired ? 1u : 0u);
    }
}
