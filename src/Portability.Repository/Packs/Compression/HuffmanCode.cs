namespace Portability.Repository.Packs.Compression;

/// <summary>Canonical prefix codes for bytes, no code longer than <see cref="MaximumLength"/> bits, lowest bit first.</summary>
/// <remarks>FORMAT.md section 9.1.</remarks>
internal static class HuffmanCode
{
    /// <summary>Longest code in bits: the decoder's table has this many index bits.</summary>
    public const int MaximumLength = 11;

    /// <summary>Symbols there can be.</summary>
    public const int SymbolCount = 256;

    /// <summary>Chooses code lengths for symbols that occur this often.</summary>
    /// <param name="counts">How often each of the 256 symbols occurs; at least two do.</param>
    /// <param name="lengths">Length in bits of each code; 0 for symbols that do not occur.</param>
    public static void ChooseLengths(ReadOnlySpan<int> counts, Span<byte> lengths)
    {
        Span<ulong> sorted = stackalloc ulong[SymbolCount];
        int used = 0;
        for (int symbol = 0; symbol < SymbolCount; symbol++)
        {
            if (counts[symbol] > 0)
            {
                sorted[used++] = ((ulong)counts[symbol] << 8) | (uint)symbol;
            }
        }

        sorted = sorted[..used];
        sorted.Sort();
        Span<int> depths = stackalloc int[SymbolCount];
        Depths(sorted, depths);
        Limit(depths[..used]);
        lengths[..SymbolCount].Clear();
        for (int index = 0; index < used; index++)
        {
            lengths[(int)(sorted[index] & 0xFF)] = (byte)depths[index];
        }
    }

    /// <summary>Gives the codes that belong to lengths, their lowest bit first.</summary>
    public static void Assign(ReadOnlySpan<byte> lengths, Span<ushort> codes)
    {
        Span<int> next = stackalloc int[MaximumLength + 2];
        FirstCodes(lengths, next);
        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            int length = lengths[symbol];
            codes[symbol] = length == 0 ? (ushort)0 : Reverse(next[length]++, length);
        }
    }

    /// <summary>Tells whether lengths make a complete code: every bit pattern means a symbol.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> lengths)
    {
        int sum = 0;
        foreach (byte length in lengths)
        {
            if (length > MaximumLength)
            {
                return false;
            }

            sum += length == 0 ? 0 : 1 << (MaximumLength - length);
        }

        return sum == 1 << MaximumLength;
    }

    /// <summary>The first code of each length, in the order of lengths, highest bit first.</summary>
    public static void FirstCodes(ReadOnlySpan<byte> lengths, Span<int> first)
    {
        Span<int> counts = stackalloc int[MaximumLength + 1];
        counts.Clear();
        foreach (byte length in lengths)
        {
            counts[length]++;
        }

        counts[0] = 0;
        int code = 0;
        for (int length = 1; length <= MaximumLength; length++)
        {
            code = (code + counts[length - 1]) << 1;
            first[length] = code;
        }
    }

    /// <summary>Turns the bits of a code round.</summary>
    public static ushort Reverse(int code, int length)
    {
        uint bits = (uint)code;
        bits = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
        bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
        bits = ((bits & 0x0F0F) << 4) | ((bits >> 4) & 0x0F0F);
        bits = ((bits & 0x00FF) << 8) | ((bits >> 8) & 0x00FF);
        return (ushort)(bits >> (16 - length));
    }

    /// <summary>Depths in the tree that joins the two rarest again and again; from rare to frequent.</summary>
    private static void Depths(ReadOnlySpan<ulong> sorted, Span<int> depths)
    {
        int leaves = sorted.Length;
        Span<ulong> weights = stackalloc ulong[2 * SymbolCount];
        Span<int> parents = stackalloc int[2 * SymbolCount];
        for (int leaf = 0; leaf < leaves; leaf++)
        {
            weights[leaf] = sorted[leaf] >> 8;
        }

        int nextLeaf = 0, nextInner = leaves, end = leaves;
        for (; end < (2 * leaves) - 1; end++)
        {
            int left = nextLeaf < leaves && (nextInner == end || weights[nextLeaf] <= weights[nextInner]) ? nextLeaf++ : nextInner++;
            int right = nextLeaf < leaves && (nextInner == end || weights[nextLeaf] <= weights[nextInner]) ? nextLeaf++ : nextInner++;
            weights[end] = weights[left] + weights[right];
            parents[left] = end;
            parents[right] = end;
        }

        Span<int> inner = stackalloc int[2 * SymbolCount];
        inner[end - 1] = 0;
        for (int node = end - 2; node >= 0; node--)
        {
            inner[node] = inner[parents[node]] + 1;
        }

        inner[..leaves].CopyTo(depths);
    }

    /// <summary>Shortens codes that are too long and lengthens others, until the code is complete again.</summary>
    private static void Limit(Span<int> depths)
    {
        int sum = 0;
        for (int index = 0; index < depths.Length; index++)
        {
            depths[index] = Math.Min(depths[index], MaximumLength);
            sum += 1 << (MaximumLength - depths[index]);
        }

        const int Whole = 1 << MaximumLength;
        for (int index = 0; sum > Whole; index = (index + 1) % depths.Length)
        {
            if (depths[index] < MaximumLength)
            {
                depths[index]++;
                sum -= 1 << (MaximumLength - depths[index]);
            }
        }

        for (int index = depths.Length - 1; sum < Whole; index = index == 0 ? depths.Length - 1 : index - 1)
        {
            int gain = 1 << (MaximumLength - depths[index]);
            if (depths[index] > 1 && sum + gain <= Whole)
            {
                depths[index]--;
                sum += gain;
            }
        }
    }
}
