namespace Portability.Repository.Objects;

/// <summary>The bytes of an object that grows in memory.</summary>
internal sealed class ObjectBuffer
{
    private byte[] bytes;

    /// <summary>Initialises an object with its header.</summary>
    /// <param name="header">What the object begins with.</param>
    /// <param name="capacity">Bytes to begin with.</param>
    public ObjectBuffer(ObjectHeader header, int capacity = 4096)
    {
        bytes = new byte[Math.Max(capacity, ObjectHeader.Size)];
        header.Write(bytes);
        Length = ObjectHeader.Size;
    }

    /// <summary>Bytes so far.</summary>
    public int Length { get; private set; }

    /// <summary>All bytes so far; valid until the next <see cref="Append"/>.</summary>
    public ReadOnlyMemory<byte> Content => bytes.AsMemory(0, Length);

    /// <summary>The last bytes so far, to be written; valid until the next <see cref="Append"/>.</summary>
    public Span<byte> Last(int count) => bytes.AsSpan(Length - count, count);

    /// <summary>Adds bytes and gives the place where they are to be written; valid until the next call.</summary>
    public Span<byte> Append(int count)
    {
        if (count > bytes.Length - Length)
        {
            Array.Resize(ref bytes, checked((int)Math.Max((long)Length + count, Math.Min(bytes.Length * 2L, Array.MaxLength))));
        }

        Length += count;
        return bytes.AsSpan(Length - count, count);
    }
}
