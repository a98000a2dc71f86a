using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX log entry header.</summary>
/// <remarks>[MS-VHDX] 2.3.1.1. 64 bytes, little-endian; CRC-32C over the whole entry with Checksum as 0.</remarks>
internal readonly record struct VhdxLogEntryHeader
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = LastFileOffsetAt + 8;

    /// <summary>Unit of the log in bytes.</summary>
    public const int SectorSize = 4096;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumAt = SignatureAt + 4;

    private const int SignatureAt = 0;
    private const int EntryLengthAt = ChecksumAt + 4;
    private const int TailAt = EntryLengthAt + 4;
    private const int SequenceNumberAt = TailAt + 4;
    private const int DescriptorCountAt = SequenceNumberAt + 8;
    private const int ReservedAt = DescriptorCountAt + 4;
    private const int LogGuidAt = ReservedAt + 4;
    private const int FlushedFileOffsetAt = LogGuidAt + 16;
    private const int LastFileOffsetAt = FlushedFileOffsetAt + 8;

    /// <summary>Checksum in the file.</summary>
    public uint Checksum { get; init; }

    /// <summary>Length of the entry in bytes.</summary>
    public required uint EntryLength { get; init; }

    /// <summary>Offset in the log of the oldest entry that must be replayed with this one.</summary>
    public required uint Tail { get; init; }

    /// <summary>Number of the entry, one above the entry before.</summary>
    public required ulong SequenceNumber { get; init; }

    /// <summary>Descriptors in the entry.</summary>
    public required uint DescriptorCount { get; init; }

    /// <summary>Id of the log that the entry belongs to.</summary>
    public required Guid LogGuid { get; init; }

    /// <summary>Length that the file is known to have had on the medium, in bytes.</summary>
    public required ulong FlushedFileOffset { get; init; }

    /// <summary>Length that the file must have after replay, in bytes.</summary>
    public required ulong LastFileOffset { get; init; }

    /// <summary>Sectors that header and descriptors take.</summary>
    public long DescriptorSectors => (Size + (DescriptorCount * (long)VhdxLogDescriptor.Size) + SectorSize - 1) / SectorSize;

    private static ReadOnlySpan<byte> Signature => "loge"u8;

    /// <summary>True if the bytes start as an entry does.</summary>
    public static bool HasSignature(ReadOnlySpan<byte> source) => source.StartsWith(Signature);

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdxLogEntryHeader Read(ReadOnlySpan<byte> source) => new()
    {
        Checksum = BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]),
        EntryLength = BinaryPrimitives.ReadUInt32LittleEndian(source[EntryLengthAt..]),
        Tail = BinaryPrimitives.ReadUInt32LittleEndian(source[TailAt..]),
        SequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(source[SequenceNumberAt..]),
        DescriptorCount = BinaryPrimitives.ReadUInt32LittleEndian(source[DescriptorCountAt..]),
        LogGuid = new Guid(source.Slice(LogGuidAt, 16)),
        FlushedFileOffset = BinaryPrimitives.ReadUInt64LittleEndian(source[FlushedFileOffsetAt..]),
        LastFileOffset = BinaryPrimitives.ReadUInt64LittleEndian(source[LastFileOffsetAt..]),
    };

    /// <summary>Writes the header; the checksum follows when the entry is whole.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Signature.CopyTo(target[SignatureAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[EntryLengthAt..], EntryLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[TailAt..], Tail);
        BinaryPrimitives.WriteUInt64LittleEndian(target[SequenceNumberAt..], SequenceNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(target[DescriptorCountAt..], DescriptorCount);
        LogGuid.TryWriteBytes(target[LogGuidAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[FlushedFileOffsetAt..], FlushedFileOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(target[LastFileOffsetAt..], LastFileOffset);
    }
}
