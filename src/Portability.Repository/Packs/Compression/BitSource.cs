using System.Buffers.Binary;

namespace Portability.Repository.Packs.Compression;

/// <summary>Reads bits from a span, lowest bit first. Behind its end there are zeros, and <see cref="IsAtEnd"/> is false for ever.</summary>
internal ref struct BitSource
{
    private readonly ReadOnlySpan<byte> source;
    private long bit;

    public BitSource(ReadOnlySpan<byte> source)
    {
        this.source = source;
        bit = 0;
    }

    /// <summary>True if exactly the source was read, but for less than a byte.</summary>
    public readonly bool IsAtEnd => (bit + 7) >> 3 == source.Length;

    /// <summary>Reads at most 24 bits.</summary>
    public int Take(int count)
    {
        int value = (int)(Peek() & ((1u << count) - 1));
        bit += count;
        return value;
    }

    /// <summary>Reads a length: five bits that tell the number of bits, then these.</summary>
    public int TakeLength()
    {
        int bits = Take(LzFormat.LengthBits);
        return bits > LzFormat.MaximumOffsetBits ? int.MaxValue / 2 : (1 << bits) + Take(bits) - 1;
    }

    private readonly uint Peek()
    {
        long first = bit >> 3;
        if (first + sizeof(ulong) <= source.Length)
        {
            return (uint)(BinaryPrimitives.ReadUInt64LittleEndian(source[(int)first..]) >> (int)(bit & 7));
        }

        ulong window = 0;
        for (int index = 0; index < sizeof(uint) && first + index < source.Length; index++)
        {
            window |= (ulong)source[(int)first + index] << (8 * index);
        }

        return (uint)(window >> (int)(bit & 7));
    }
}
