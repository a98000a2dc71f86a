namespace Portability.Core.Crypto;

/// <summary>
/// Where identifiers, keys and nonces come from. Product code takes one as an argument, so that a test can pass a
/// <see cref="SeededRandomSource"/>. Implementations are thread-safe.
/// </summary>
public abstract class RandomSource
{
    /// <summary>Length in bytes of the identifier of a sealed object.</summary>
    public const int IdLength = 32;

    /// <summary>The operating system's generator.</summary>
    public static RandomSource System { get; } = new SystemRandomSource();

    /// <summary>Fills a span with random bytes.</summary>
    /// <param name="target">Where to write; owned by the caller.</param>
    public abstract void Fill(Span<byte> target);

    /// <summary>Draws an identifier of <see cref="IdLength"/> bytes; the array belongs to the caller.</summary>
    public byte[] NextId() => NextBytes(IdLength);

    /// <summary>Draws bytes; the array belongs to the caller.</summary>
    /// <param name="count">Number of bytes.</param>
    public byte[] NextBytes(int count)
    {
        byte[] bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    /// <summary>Draws a version 4 GUID (RFC 9562, section 5.4).</summary>
    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Draws a number from 0 up to, not including, a bound, each equally likely.</summary>
    /// <param name="exclusiveBound">The bound, 1 or more.</param>
    public int NextInt32(int exclusiveBound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(exclusiveBound);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        uint limit = uint.MaxValue - (uint.MaxValue % (uint)exclusiveBound);
        uint drawn;
        do
        {
            Fill(bytes);
            drawn = global::System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }
        while (drawn >= limit);
        return (int)(drawn % (uint)exclusiveBound);
    }
}
