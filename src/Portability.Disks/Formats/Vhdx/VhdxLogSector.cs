using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX log data sector: a sector of the file whose first eight and last four bytes lie in its descriptor.</summary>
/// <remarks>[MS-VHDX] 2.3.1.4. 4 KiB: signature, high half of the sequence number, 4084 bytes, low half.</remarks>
internal static class VhdxLogSector
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 4096;

    private const int SignatureAt = 0;
    private const int SequenceHighAt = SignatureAt + 4;
    private const int DataAt = SequenceHighAt + 4;
    private const int DataSize = Size - DataAt - 4;
    private const int SequenceLowAt = DataAt + DataSize;

    private static ReadOnlySpan<byte> Signature => "data"u8;

    /// <summary>Tells whether a sector belongs to an entry; torn ones do not.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    /// <param name="sequenceNumber">Number of the entry.</param>
    public static bool Belongs(ReadOnlySpan<byte> source, ulong sequenceNumber) =>
        source.StartsWith(Signature)
        && BinaryPrimitives.ReadUInt32LittleEndian(source[SequenceHighAt..]) == (uint)(sequenceNumber >> 32)
        && BinaryPrimitives.ReadUInt32LittleEndian(source[SequenceLowAt..]) == (uint)sequenceNumber;

    /// <summary>Puts the sector of the file together.</summary>
    /// <param name="source"><see cref="Size"/> bytes of the log.</param>
    /// <param name="descriptor">Its descriptor.</param>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    public static void Restore(ReadOnlySpan<byte> source, VhdxLogDescriptor descriptor, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, descriptor.LeadingBytes);
        source.Slice(DataAt, DataSize).CopyTo(target[DataAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[SequenceLowAt..], descriptor.TrailingBytes);
    }

    /// <summary>Takes a sector of the file apart.</summary>
    /// <param name="sector"><see cref="Size"/> bytes of the file.</param>
    /// <param name="fileOffset">Where they go in the file, in bytes.</param>
    /// <param name="sequenceNumber">Number of the entry.</param>
    /// <param name="target"><see cref="Size"/> bytes of the log.</param>
    /// <returns>The descriptor.</returns>
    public static VhdxLogDescriptor Store(ReadOnlySpan<byte> sector, ulong fileOffset, ulong sequenceNumber, Span<byte> target)
    {
        Signature.CopyTo(target[SignatureAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[SequenceHighAt..], (uint)(sequenceNumber >> 32));
        sector.Slice(DataAt, DataSize).CopyTo(target[DataAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[SequenceLowAt..], (uint)sequenceNumber);
        return new VhdxLogDescriptor(
            IsZero: false,
            BinaryPrimitives.ReadUInt32LittleEndian(sector[SequenceLowAt..]),
            BinaryPrimitives.ReadUInt64LittleEndian(sector),
            fileOffset,
            sequenceNumber);
    }
}
