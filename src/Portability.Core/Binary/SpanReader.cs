using System.Buffers.Binary;

namespace Portability.Core.Binary;

/// <summary>
/// Reads fields in order from a span, with the endianness spelled out. Never reads past the end: a short span is an
/// <see cref="InvalidFormatException"/> that names format, structure and offset.
/// </summary>
public ref struct SpanReader
{
    private readonly ReadOnlySpan<byte> source;
    private readonly string format;
    private readonly string structure;
    private readonly long origin;

    /// <summary>Initialises a reader over a span.</summary>
    /// <param name="source">Bytes to read; owned by the caller.</param>
    /// <param name="format">Format's name for errors.</param>
    /// <param name="structure">Structure's name for errors.</param>
    /// <param name="origin">Offset of the span's first byte in its file or object, in bytes, for errors.</param>
    public SpanReader(ReadOnlySpan<byte> source, string format, string structure, long origin = 0)
    {
        this.source = source;
        this.format = format;
        this.structure = structure;
        this.origin = origin;
        Position = 0;
    }

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes left.</summary>
    public readonly int Remaining => source.Length - Position;

    /// <summary>Reads one byte.</summary>
    public byte ReadByte() => Take(1)[0];

    /// <summary>Reads two bytes, little-endian.</summary>
    public ushort ReadUInt16LittleEndian() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    /// <summary>Reads four bytes, little-endian.</summary>
    public uint ReadUInt32LittleEndian() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Reads eight bytes, little-endian.</summary>
    public ulong ReadUInt64LittleEndian() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>Reads eight bytes, little-endian, that must fit a non-negative <see cref="long"/>.</summary>
    /// <exception cref="InvalidFormatException">The value is above <see cref="long.MaxValue"/>.</exception>
    public long ReadInt64LittleEndian()
    {
        ulong value = ReadUInt64LittleEndian();
        return value <= long.MaxValue ? (long)value : throw Error(FormattableString.Invariant($"value 0x{value:X} is out of range"));
    }

    /// <summary>Reads two bytes, big-endian.</summary>
    public ushort ReadUInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    /// <summary>Reads four bytes, big-endian.</summary>
    public uint ReadUInt32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    /// <summary>Reads eight bytes, big-endian.</summary>
    public ulong ReadUInt64BigEndian() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    /// <summary>Reads a GUID in its mixed-endian form (first three fields little-endian), as Microsoft formats store it.</summary>
    public Guid ReadGuid() => new(Take(16));

    /// <summary>Reads a GUID whose sixteen bytes are all big-endian (RFC 9562).</summary>
    public Guid ReadGuidBigEndian() => new(Take(16), bigEndian: true);

    /// <summary>Reads bytes; the span stays the caller's.</summary>
    /// <param name="count">Number of bytes.</param>
    public ReadOnlySpan<byte> ReadBytes(int count) => Take(count);

    /// <summary>Passes over bytes.</summary>
    /// <param name="count">Number of bytes.</param>
    public void Skip(int count) => Take(count);

    /// <summary>Makes the error for something wrong at the current position.</summary>
    /// <param name="fact">What is wrong.</param>
    public readonly InvalidFormatException Error(string fact) => new(format, structure, origin + Position, fact);

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Remaining)
        {
            throw Error(FormattableString.Invariant($"{count} bytes wanted, {Remaining} there"));
        }

        ReadOnlySpan<byte> taken = source.Slice(Position, count);
        Position += count;
        return taken;
    }
}
