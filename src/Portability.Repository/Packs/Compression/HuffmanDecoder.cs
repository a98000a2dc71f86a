using System.Buffers.Binary;

namespace Portability.Repository.Packs.Compression;

/// <summary>Reads sections. One thread at a time. Never reads or writes outside what it was given.</summary>
/// <remarks>FORMAT.md section 9.1.</remarks>
internal sealed class HuffmanDecoder
{
    private const int TableSize = 1 << HuffmanCode.MaximumLength;
    private const ulong Mask = TableSize - 1;

    private readonly ushort[] table = new ushort[TableSize];
    private readonly byte[] lengths = new byte[HuffmanCode.SymbolCount];

    /// <summary>Reads a section.</summary>
    /// <param name="source">It, and what follows.</param>
    /// <param name="target">As many bytes as it holds.</param>
    /// <returns>Bytes read, or -1 if it breaks the format.</returns>
    public int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (target.IsEmpty)
        {
            return 0;
        }

        if (source.Length < 2)
        {
            return -1;
        }

        switch (source[0])
        {
            case HuffmanSection.Stored when source.Length > target.Length:
                source.Slice(1, target.Length).CopyTo(target);
                return target.Length + 1;
            case HuffmanSection.Repeated:
                target.Fill(source[1]);
                return 2;
            case HuffmanSection.Packed:
                return Unpack(source, target);
            default:
                return -1;
        }
    }

    private int Unpack(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int position = HuffmanSection.ReadLengths(source[1..], lengths) + 1;
        int quarter = HuffmanSection.StreamLength(target.Length);
        if (position == 0 || source.Length - position < HuffmanSection.StreamSizes || target.Length < HuffmanSection.LeastPacked)
        {
            return -1;
        }

        BuildTable();
        Span<int> starts = stackalloc int[HuffmanSection.Streams + 1];
        starts[0] = position + HuffmanSection.StreamSizes;
        for (int stream = 0; stream < HuffmanSection.Streams; stream++)
        {
            starts[stream + 1] = starts[stream] + HuffmanSection.ReadSize(source[(position + (stream * HuffmanSection.SizeLength))..]);
            if (starts[stream + 1] > source.Length)
            {
                return -1;
            }
        }

        Span<long> bits = stackalloc long[HuffmanSection.Streams];
        for (int stream = 0; stream < HuffmanSection.Streams; stream++)
        {
            bits[stream] = starts[stream] * 8L;
        }

        int done = UnpackTogether(source, target, quarter, bits);
        for (int stream = 0; stream < HuffmanSection.Streams; stream++)
        {
            Span<byte> part = target.Slice(stream * quarter, Math.Min(quarter, target.Length - (stream * quarter)));
            if (!UnpackRest(source[..starts[stream + 1]], part[done..], bits[stream]))
            {
                return -1;
            }
        }

        return starts[^1];
    }

    /// <summary>Decodes the same number of symbols of all streams, as long as eight bytes can be read everywhere.</summary>
    /// <returns>Symbols decoded in each stream.</returns>
    private unsafe int UnpackTogether(ReadOnlySpan<byte> source, Span<byte> target, int quarter, Span<long> bits)
    {
        const int Step = 5; // of 11 bits each: what one read holds whatever the bit it begins at
        int count = target.Length - (3 * quarter);
        int done = 0;
        fixed (byte* from = source, to = target)
        fixed (ushort* entries = table)
        {
            long limit = (source.Length - 8L) * 8;
            long a = bits[0], b = bits[1], c = bits[2], d = bits[3];
            for (; done <= count - Step && (limit - a | limit - b | limit - c | limit - d) >= 0; done += Step)
            {
                ulong first = Load(from, a), second = Load(from, b), third = Load(from, c), fourth = Load(from, d);
                byte* target0 = to + done, target1 = target0 + quarter, target2 = target1 + quarter, target3 = target2 + quarter;
                for (int symbol = 0; symbol < Step; symbol++)
                {
                    uint entry0 = entries[first & Mask], entry1 = entries[second & Mask], entry2 = entries[third & Mask], entry3 = entries[fourth & Mask];
                    target0[symbol] = (byte)(entry0 >> 4);
                    target1[symbol] = (byte)(entry1 >> 4);
                    target2[symbol] = (byte)(entry2 >> 4);
                    target3[symbol] = (byte)(entry3 >> 4);
                    int length0 = (int)(entry0 & 0xF), length1 = (int)(entry1 & 0xF), length2 = (int)(entry2 & 0xF), length3 = (int)(entry3 & 0xF);
                    first >>= length0;
                    second >>= length1;
                    third >>= length2;
                    fourth >>= length3;
                    a += length0;
                    b += length1;
                    c += length2;
                    d += length3;
                }
            }

            bits[0] = a;
            bits[1] = b;
            bits[2] = c;
            bits[3] = d;
        }

        return done;
    }

    private static unsafe ulong Load(byte* from, long bit) =>
        BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(from + (bit >> 3), sizeof(ulong))) >> (int)(bit & 7);

    /// <summary>Decodes what is left of a stream, which must end with it.</summary>
    private bool UnpackRest(ReadOnlySpan<byte> stream, Span<byte> target, long bit)
    {
        for (int at = 0; at < target.Length; at++)
        {
            int first = (int)Math.Min(bit >> 3, stream.Length);
            uint window = first < stream.Length ? stream[first] : 0u;
            window |= first + 1 < stream.Length ? (uint)stream[first + 1] << 8 : 0u;
            window |= first + 2 < stream.Length ? (uint)stream[first + 2] << 16 : 0u;
            uint entry = table[(int)((window >> (int)(bit & 7)) & Mask)];
            target[at] = (byte)(entry >> 4);
            bit += entry & 0xF;
        }

        return (bit + 7) >> 3 == stream.Length;
    }

    private void BuildTable()
    {
        Span<int> next = stackalloc int[HuffmanCode.MaximumLength + 2];
        HuffmanCode.FirstCodes(lengths, next);
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            if (length == 0)
            {
                continue;
            }

            ushort entry = (ushort)((symbol << 4) | length);
            int step = 1 << length;
            for (int at = HuffmanCode.Reverse(next[length]++, length); at < TableSize; at += step)
            {
                table[at] = entry;
            }
        }
    }
}
