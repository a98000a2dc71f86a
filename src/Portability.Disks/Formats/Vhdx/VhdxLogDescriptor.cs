using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX log descriptor: zeros for a range, or one data sector.</summary>
/// <remarks>[MS-VHDX] 2.3.1.2 and 2.3.1.3. 32 bytes, little-endian.</remarks>
/// <param name="IsZero">True for a zero descriptor, false for a data descriptor.</param>
/// <param name="TrailingBytes">Data: the last four bytes of the sector.</param>
/// <param name="LeadingBytes">Data: the first eight bytes of the sector. Zero: length of the range in bytes.</param>
/// <param name="FileOffset">Where it goes in the file, in bytes.</param>
/// <param name="SequenceNumber">Number of the entry.</param>
internal readonly record struct VhdxLogDescriptor(bool IsZero, uint TrailingBytes, ulong LeadingBytes, ulong FileOffset, ulong SequenceNumber)
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 32;

    private const int SignatureAt = 0;
    private const int TrailingBytesAt = SignatureAt + 4;
    private const int LeadingBytesAt = TrailingBytesAt + 4;
    private const int FileOffsetAt = LeadingBytesAt + 8;
    private const int SequenceNumberAt = FileOffsetAt + 8;

    private static ReadOnlySpan<byte> ZeroSignature => "zero"u8;

    private static ReadOnlySpan<byte> DataSignature => "desc"u8;

    /// <summary>Reads a descriptor.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <returns>False if it is neither of the two kinds.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out VhdxLogDescriptor descriptor)
    {
        bool isZero = source.StartsWith(ZeroSignature);
        descriptor = new VhdxLogDescriptor(
            isZero,
            BinaryPrimitives.ReadUInt32LittleEndian(source[TrailingBytesAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[LeadingBytesAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[FileOffsetAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[SequenceNumberAt..]));
        return isZero || source.StartsWith(DataSignature);
    }

    /// <summary>Writes the descriptor.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        (IsZero ? ZeroSignature : DataSignature).CopyTo(target[SignatureAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[TrailingBytesAt..], TrailingBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[LeadingBytesAt..], LeadingBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(target[FileOffsetAt..], FileOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(target[SequenceNumberAt..], SequenceNumber);
    }
}
