using System.Buffers.Binary;

namespace Portability.Core.Binary;

/// <summary>Writes fields in order into a span, with the endianness spelled out. A span that is too short is a defect of the caller.</summary>
public ref struct SpanWriter
{
    private readonly Span<byte> target;

    /// <summary>Initialises a writer over a span.</summary>
    /// <param name="target">Where to write; owned by the caller.</param>
    public SpanWriter(Span<byte> target)
    {
        this.target = target;
        Position = 0;
    }

    /// <summary>Bytes written so far.</summary>
    public int Position { get; private set; }

    /// <summary>Writes one byte.</summary>
    public void WriteByte(byte value) => Take(1)[0] = value;

    /// <summary>Writes two bytes, little-endian.</summary>
    public void WriteUInt16LittleEndian(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

    /// <summary>Writes four bytes, little-endian.</summary>
    public void WriteUInt32LittleEndian(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    /// <summary>Writes eight bytes, little-endian.</summary>
    public void WriteUInt64LittleEndian(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    /// <summary>Writes eight bytes, little-endian.</summary>
    public void WriteInt64LittleEndian(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

    /// <summary>Writes two bytes, big-endian.</summary>
    public void WriteUInt16BigEndian(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(2), value);

    /// <summary>Writes four bytes, big-endian.</summary>
    public void WriteUInt32BigEndian(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(4), value);

    /// <summary>Writes eight bytes, big-endian.</summary>
    public void WriteUInt64BigEndian(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(8), value);

    /// <summary>Writes a GUID in its mixed-endian form, as Microsoft formats store it.</summary>
    public void WriteGuid(Guid value) => value.TryWriteBytes(Take(16));

    /// <summary>Writes a GUID with all sixteen bytes big-endian (RFC 9562).</summary>
    public void WriteGuidBigEndian(Guid value) => value.TryWriteBytes(Take(16), bigEndian: true, out _);

    /// <summary>Writes bytes as they are.</summary>
    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>Writes zeros.</summary>
    /// <param name="count">Number of bytes.</param>
    public void WriteZeros(int count) => Take(count).Clear();

    private Span<byte> Take(int count)
    {
        Span<byte> taken = target.Slice(Position, count);
        Position += count;
        return taken;
    }
}
