using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX header, one of two copies; the valid one with the larger sequence number wins.</summary>
/// <remarks>[MS-VHDX] 2.2.2. At 64 KiB and 128 KiB; 4 KiB, little-endian; CRC-32C over all of it with Checksum as 0.</remarks>
internal readonly record struct VhdxHeader
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 4096;

    /// <summary>The only version there is.</summary>
    public const ushort CurrentVersion = 1;

    private const int SignatureAt = 0;
    private const int ChecksumAt = SignatureAt + 4;
    private const int SequenceNumberAt = ChecksumAt + 4;
    private const int FileWriteGuidAt = SequenceNumberAt + 8;
    private const int DataWriteGuidAt = FileWriteGuidAt + 16;
    private const int LogGuidAt = DataWriteGuidAt + 16;
    private const int LogVersionAt = LogGuidAt + 16;
    private const int VersionAt = LogVersionAt + 2;
    private const int LogLengthAt = VersionAt + 2;
    private const int LogOffsetAt = LogLengthAt + 4;

    /// <summary>Counts up at each change of the header.</summary>
    public required ulong SequenceNumber { get; init; }

    /// <summary>Changes whenever anything in the file may change.</summary>
    public required Guid FileWriteGuid { get; init; }

    /// <summary>Changes whenever what the guest sees may change.</summary>
    public required Guid DataWriteGuid { get; init; }

    /// <summary>Id of the log's entries; zeros when the log is empty.</summary>
    public Guid LogGuid { get; init; }

    /// <summary>Version of the log format.</summary>
    public ushort LogVersion { get; init; }

    /// <summary>Version of the format.</summary>
    public required ushort Version { get; init; }

    /// <summary>Length of the log in bytes.</summary>
    public required uint LogLength { get; init; }

    /// <summary>Offset of the log in bytes.</summary>
    public required ulong LogOffset { get; init; }

    private static ReadOnlySpan<byte> Signature => "head"u8;

    /// <summary>True if the bytes start as a header does.</summary>
    public static bool HasSignature(ReadOnlySpan<byte> source) => source.StartsWith(Signature);

    /// <summary>Compares the checksum.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    public static bool HasValidChecksum(ReadOnlySpan<byte> source)
    {
        (uint stored, uint computed) = Checksums(source);
        return stored == computed;
    }

    /// <summary>Checksum in the file and checksum of what is in the file.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    public static (uint Stored, uint Computed) Checksums(ReadOnlySpan<byte> source) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]), VhdxChecksum.Compute(source[..Size], ChecksumAt));

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdxHeader Read(ReadOnlySpan<byte> source) => new()
    {
        SequenceNumber = BinaryPrimitives.ReadUInt64LittleEndian(source[SequenceNumberAt..]),
        FileWriteGuid = new Guid(source.Slice(FileWriteGuidAt, 16)),
        DataWriteGuid = new Guid(source.Slice(DataWriteGuidAt, 16)),
        LogGuid = new Guid(source.Slice(LogGuidAt, 16)),
        LogVersion = BinaryPrimitives.ReadUInt16LittleEndian(source[LogVersionAt..]),
        Version = BinaryPrimitives.ReadUInt16LittleEndian(source[VersionAt..]),
        LogLength = BinaryPrimitives.ReadUInt32LittleEndian(source[LogLengthAt..]),
        LogOffset = BinaryPrimitives.ReadUInt64LittleEndian(source[LogOffsetAt..]),
    };

    /// <summary>Writes the header with its checksum.</summary>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Signature.CopyTo(target[SignatureAt..]);
        BinaryPrimitives.WriteUInt64LittleEndian(target[SequenceNumberAt..], SequenceNumber);
        FileWriteGuid.TryWriteBytes(target[FileWriteGuidAt..]);
        DataWriteGuid.TryWriteBytes(target[DataWriteGuidAt..]);
        LogGuid.TryWriteBytes(target[LogGuidAt..]);
        BinaryPrimitives.WriteUInt16LittleEndian(target[LogVersionAt..], LogVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(target[VersionAt..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[LogLengthAt..], LogLength);
        BinaryPrimitives.WriteUInt64LittleEndian(target[LogOffsetAt..], LogOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], VhdxChecksum.Compute(target[..Size], ChecksumAt));
    }

    /// <summary>Refuses a header that makes no sense.</summary>
    /// <param name="offset">Offset of the header in the file, in bytes.</param>
    /// <param name="path">Path for the error.</param>
    /// <exception cref="InvalidFormatException">A field is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">A version is not known.</exception>
    public void Validate(long offset, string? path)
    {
        if (Version != CurrentVersion)
        {
            throw VhdxErrors.Unsupported(path, FormattableString.Invariant($"its version is {Version}, {CurrentVersion} is known"));
        }

        if (LogGuid == Guid.Empty)
        {
            return;
        }

        if (LogVersion != 0)
        {
            throw VhdxErrors.Unsupported(path, FormattableString.Invariant($"its log has version {LogVersion}, 0 is known"));
        }

        if (LogLength == 0 || LogLength % VhdxLayout.Alignment != 0 || LogOffset < VhdxLayout.Alignment || LogOffset % VhdxLayout.Alignment != 0)
        {
            throw VhdxErrors.Invalid("header", offset, FormattableString.Invariant($"a log of {LogLength} bytes at 0x{LogOffset:X} is not made of whole MiB"), "2.2.2", path);
        }
    }
}
