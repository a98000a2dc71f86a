namespace Portability.Repository.Packs.Compression;

/// <summary>Layout of a section: a list of bytes whose number the reader knows.</summary>
/// <remarks>FORMAT.md section 9.1: mode (1), then by mode.</remarks>
internal static class HuffmanSection
{
    /// <summary>The bytes follow.</summary>
    public const byte Stored = 0;

    /// <summary>One byte follows that all are.</summary>
    public const byte Repeated = 1;

    /// <summary>Code lengths, sizes of the four streams in three bytes each, the streams.</summary>
    public const byte Packed = 2;

    public const int Streams = 4;

    /// <summary>Bytes of the size of one stream.</summary>
    public const int SizeLength = 3;

    /// <summary>Bytes of the sizes of all streams.</summary>
    public const int StreamSizes = Streams * SizeLength;

    /// <summary>Most bytes of the code lengths.</summary>
    public const int MaximumTable = HuffmanCode.SymbolCount / 2;

    /// <summary>Fewer bytes are not worth a table.</summary>
    public const int LeastPacked = 64;

    /// <summary>Symbols in each stream but the last.</summary>
    public static int StreamLength(int count) => (count + Streams - 1) / Streams;

    /// <summary>
    /// Writes code lengths as half bytes, low half first: 1 to 11 a length, 12 to 15 two, four, eight or sixteen symbols without a code, 0 one.
    /// </summary>
    /// <returns>Bytes written.</returns>
    public static int WriteLengths(ReadOnlySpan<byte> lengths, Span<byte> target)
    {
        int halves = 0;
        for (int symbol = 0; symbol < lengths.Length;)
        {
            int value = lengths[symbol], step = 1;
            if (value == 0)
            {
                int run = 1;
                while (run < 16 && symbol + run < lengths.Length && lengths[symbol + run] == 0)
                {
                    run++;
                }

                int power = System.Numerics.BitOperations.Log2((uint)run);
                (value, step) = power == 0 ? (0, 1) : (HuffmanCode.MaximumLength + power, 1 << power);
            }

            if ((halves & 1) == 0)
            {
                target[halves >> 1] = (byte)value;
            }
            else
            {
                target[halves >> 1] |= (byte)(value << 4);
            }

            halves++;
            symbol += step;
        }

        return (halves + 1) >> 1;
    }

    /// <summary>Reads code lengths.</summary>
    /// <returns>Bytes read, or -1 if they do not make a complete code.</returns>
    public static int ReadLengths(ReadOnlySpan<byte> source, Span<byte> lengths)
    {
        lengths.Clear();
        int halves = 0;
        for (int symbol = 0; symbol < HuffmanCode.SymbolCount; halves++)
        {
            if (halves >> 1 >= source.Length)
            {
                return -1;
            }

            int value = (source[halves >> 1] >> ((halves & 1) * 4)) & 0xF;
            if (value is > 0 and <= HuffmanCode.MaximumLength)
            {
                lengths[symbol++] = (byte)value;
            }
            else
            {
                symbol += value == 0 ? 1 : 1 << (value - HuffmanCode.MaximumLength);
                if (symbol > HuffmanCode.SymbolCount)
                {
                    return -1;
                }
            }
        }

        return HuffmanCode.IsComplete(lengths) ? (halves + 1) >> 1 : -1;
    }

    /// <summary>Writes a number of three bytes.</summary>
    public static void WriteSize(int value, Span<byte> target)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
        target[2] = checked((byte)(value >> 16));
    }

    /// <summary>Reads a number of three bytes.</summary>
    public static int ReadSize(ReadOnlySpan<byte> source) => System.Buffers.Binary.BinaryPrimitives.ReadUInt16LittleEndian(source) | (source[2] << 16);
}
