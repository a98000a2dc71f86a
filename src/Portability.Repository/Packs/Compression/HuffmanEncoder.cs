namespace Portability.Repository.Packs.Compression;

/// <summary>Writes a list of bytes as a section: as it is, as one byte repeated, or in prefix codes in four streams.</summary>
/// <remarks>FORMAT.md section 9.1.</remarks>
internal sealed class HuffmanEncoder
{
    private readonly int[] counts = new int[HuffmanCode.SymbolCount * 4];
    private readonly byte[] lengths = new byte[HuffmanCode.SymbolCount];
    private readonly ushort[] codes = new ushort[HuffmanCode.SymbolCount];
    private readonly uint[] table = new uint[HuffmanCode.SymbolCount];

    /// <summary>Writes a section.</summary>
    /// <param name="source">The bytes; their number is known to the reader.</param>
    /// <param name="target">Where it goes.</param>
    /// <returns>Bytes written, or -1 if the target is too short.</returns>
    public int Encode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (source.IsEmpty)
        {
            return 0;
        }

        int used = Count(source);
        if (used == 1)
        {
            if (target.Length < 2)
            {
                return -1;
            }

            target[0] = HuffmanSection.Repeated;
            target[1] = source[0];
            return 2;
        }

        int packed = source.Length < HuffmanSection.LeastPacked ? -1 : Pack(source, target);
        if (packed > 0 && packed < source.Length)
        {
            return packed;
        }

        if (target.Length < source.Length + 1)
        {
            return -1;
        }

        target[0] = HuffmanSection.Stored;
        source.CopyTo(target[1..]);
        return source.Length + 1;
    }

    private int Count(ReadOnlySpan<byte> source)
    {
        Span<int> first = counts.AsSpan(0, 256), second = counts.AsSpan(256, 256), third = counts.AsSpan(512, 256), fourth = counts.AsSpan(768, 256);
        counts.AsSpan().Clear();
        int at = 0;
        for (; at + 3 < source.Length; at += 4)
        {
            first[source[at]]++;
            second[source[at + 1]]++;
            third[source[at + 2]]++;
            fourth[source[at + 3]]++;
        }

        for (; at < source.Length; at++)
        {
            first[source[at]]++;
        }

        int used = 0;
        for (int symbol = 0; symbol < first.Length; symbol++)
        {
            first[symbol] += second[symbol] + third[symbol] + fourth[symbol];
            used += first[symbol] > 0 ? 1 : 0;
        }

        return used;
    }

    private int Pack(ReadOnlySpan<byte> source, Span<byte> target)
    {
        HuffmanCode.ChooseLengths(counts.AsSpan(0, HuffmanCode.SymbolCount), lengths);
        HuffmanCode.Assign(lengths, codes);
        long bits = 0;
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            bits += (long)counts[symbol] * lengths[symbol];
            table[symbol] = ((uint)codes[symbol] << 8) | lengths[symbol];
        }

        if ((bits / 8) + HuffmanSection.StreamSizes + (4 * BitSink.Slack) + HuffmanSection.MaximumTable + 1 > target.Length || bits / 8 >= source.Length)
        {
            return -1;
        }

        target[0] = HuffmanSection.Packed;
        int position = 1 + HuffmanSection.WriteLengths(lengths, target[1..]);
        Span<byte> sizes = target.Slice(position, HuffmanSection.StreamSizes);
        position += HuffmanSection.StreamSizes;
        int quarter = HuffmanSection.StreamLength(source.Length);
        for (int stream = 0; stream < HuffmanSection.Streams; stream++)
        {
            int start = Math.Min(source.Length, stream * quarter);
            int count = Math.Min(quarter, source.Length - start);
            int size = Write(source.Slice(start, count), target[position..]);
            HuffmanSection.WriteSize(size, sizes[(stream * HuffmanSection.SizeLength)..]);
            position += size;
        }

        return position;
    }

    private int Write(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var sink = new BitSink(target);
        ReadOnlySpan<uint> codeOf = table;
        int at = 0;
        for (; at + 3 < source.Length; at += 4)
        {
            Put(ref sink, codeOf[source[at]]);
            Put(ref sink, codeOf[source[at + 1]]);
            Put(ref sink, codeOf[source[at + 2]]);
            Put(ref sink, codeOf[source[at + 3]]);
            sink.Flush();
        }

        sink.Flush();
        for (; at < source.Length; at++)
        {
            Put(ref sink, codeOf[source[at]]);
            sink.Flush();
        }

        return sink.Finish();

        static void Put(ref BitSink sink, uint code) => sink.Put(code >> 8, (int)(code & 0xFF));
    }
}
