using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Portability.Repository.Packs.Compression;

/// <summary>Packs the bytes of a frame: repeats become references back into the frame, and what is left becomes prefix codes. One thread at a time.</summary>
/// <remarks>FORMAT.md section 9.1. How repeats are found is the writer's own affair.</remarks>
internal sealed class LzEncoder
{
    private const int ShortBits = 14, LongBits = 14, SkipBits = 5, Margin = 16;
    private const ulong ShortPrime = 889523592379UL << 24, LongPrime = 0xCF1BBCDCB7A56463UL;

    private readonly int[] shortTable = new int[1 << ShortBits];
    private readonly int[] longTable = new int[1 << LongBits];
    private readonly byte[] literals = new byte[LzFormat.SegmentLength + Margin];
    private readonly byte[] tokens = new byte[LzFormat.SegmentLength / LzFormat.LeastMatch];
    private readonly byte[] offsetCodes = new byte[LzFormat.SegmentLength / LzFormat.LeastMatch];
    private readonly byte[] extra = new byte[LzFormat.SegmentLength * 2];
    private readonly HuffmanEncoder huffman = new();
    private int literalCount;
    private int sequenceCount;
    private int lastOffset;
    private int offsetBefore;

    /// <summary>Packs bytes.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="written">Bytes written.</param>
    /// <returns>False if the target is too short.</returns>
    public bool TryEncode(ReadOnlySpan<byte> source, Span<byte> target, out int written)
    {
        shortTable.AsSpan().Clear();
        longTable.AsSpan().Clear();
        lastOffset = 1;
        offsetBefore = 4;
        written = 0;
        for (int start = 0; start < source.Length; start += LzFormat.SegmentLength)
        {
            int end = Math.Min(source.Length, start + LzFormat.SegmentLength);
            (int Last, int Before) offsets = (lastOffset, offsetBefore);
            int extraLength = Parse(source, start, end);
            int length = Write(extraLength, target[written..]);
            if (length < 0 || length > end - start)
            {
                (lastOffset, offsetBefore) = offsets;
                length = Store(source[start..end], target[written..]);
            }

            if (length < 0)
            {
                return false;
            }

            written += length;
        }

        return true;
    }

    private static int Store(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (target.Length <= source.Length)
        {
            return -1;
        }

        target[0] = LzFormat.Stored;
        source.CopyTo(target[1..]);
        return source.Length + 1;
    }

    private int Write(int extraLength, Span<byte> target)
    {
        if (target.Length < LzFormat.HeaderSize + extraLength)
        {
            return -1;
        }

        target[LzFormat.ModeAt] = LzFormat.Packed;
        HuffmanSection.WriteSize(literalCount, target[LzFormat.LiteralsAt..]);
        HuffmanSection.WriteSize(sequenceCount, target[LzFormat.SequencesAt..]);
        HuffmanSection.WriteSize(extraLength, target[LzFormat.ExtraAt..]);
        int position = LzFormat.HeaderSize;
        extra.AsSpan(0, extraLength).CopyTo(target[position..]);
        position += extraLength;
        for (int section = 0; section < 3; section++)
        {
            ReadOnlySpan<byte> bytes = section switch
            {
                0 => literals.AsSpan(0, literalCount),
                1 => tokens.AsSpan(0, sequenceCount),
                _ => offsetCodes.AsSpan(0, sequenceCount),
            };
            int length = huffman.Encode(bytes, target[position..]);
            if (length < 0)
            {
                return -1;
            }

            position += length;
        }

        return position;
    }

    /// <summary>Finds repeats in one segment.</summary>
    /// <returns>Bytes of extra bits.</returns>
    private unsafe int Parse(ReadOnlySpan<byte> source, int start, int end)
    {
        fixed (byte* from = source, literalBytes = literals, tokenBytes = tokens, codeBytes = offsetCodes, extraBytes = extra)
        fixed (int* shorts = shortTable, longs = longTable)
        {
            var output = new LzOutput(literalBytes, tokenBytes, codeBytes, extraBytes, lastOffset, offsetBefore);
            int limit = Math.Min(end, source.Length) - Margin;
            int anchor = start;
            int at = Math.Max(start, 1);
            while (at < limit)
            {
                ulong here = Load(from + at);
                int longSlot = LongSlot(here), shortSlot = ShortSlot(here);
                int longAt = longs[longSlot], shortAt = shorts[shortSlot];
                longs[longSlot] = at;
                shorts[shortSlot] = at;
                int found = at, match, length;
                if (at + 1 > output.LastOffset && (uint)Load(from + at + 1 - output.LastOffset) == (uint)(here >> 8))
                {
                    found = at + 1;
                    match = found - output.LastOffset;
                    length = LzFormat.LeastMatch + Count(from, found + LzFormat.LeastMatch, match + LzFormat.LeastMatch, end);
                }
                else if (Load(from + longAt) == here && longAt < at)
                {
                    match = longAt;
                    length = 8 + Count(from, at + 8, match + 8, end);
                    Widen(from, anchor, ref found, ref match, ref length);
                }
                else if (((Load(from + shortAt) ^ here) << 24) == 0 && shortAt < at)
                {
                    ulong next = Load(from + at + 1);
                    int nextSlot = LongSlot(next);
                    int nextAt = longs[nextSlot];
                    longs[nextSlot] = at + 1;
                    if (Load(from + nextAt) == next && nextAt <= at)
                    {
                        found = at + 1;
                        match = nextAt;
                        length = 8 + Count(from, found + 8, match + 8, end);
                    }
                    else
                    {
                        match = shortAt;
                        length = 5 + Count(from, at + 5, match + 5, end);
                    }

                    Widen(from, anchor, ref found, ref match, ref length);
                }
                else
                {
                    at += 1 + ((at - anchor) >> SkipBits);
                    continue;
                }

                output.Put(from + anchor, found - anchor, found - match, length);
                int noted = at + 2;
                at = found + length;
                anchor = at;
                if (at >= limit)
                {
                    break;
                }

                Note(from, longs, shorts, noted);
                Note(from, longs, shorts, at - 2);
                while (at < limit && at > output.OffsetBefore && (uint)Load(from + at) == (uint)Load(from + at - output.OffsetBefore))
                {
                    length = LzFormat.LeastMatch + Count(from, at + LzFormat.LeastMatch, at + LzFormat.LeastMatch - output.OffsetBefore, end);
                    Note(from, longs, shorts, at);
                    output.Put(from + at, 0, output.OffsetBefore, length);
                    at += length;
                    anchor = at;
                }
            }

            new ReadOnlySpan<byte>(from + anchor, end - anchor).CopyTo(literals.AsSpan(output.LiteralCount));
            literalCount = output.LiteralCount + end - anchor;
            sequenceCount = output.SequenceCount;
            lastOffset = output.LastOffset;
            offsetBefore = output.OffsetBefore;
            return output.Finish();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int LongSlot(ulong value) => (int)((value * LongPrime) >> (64 - LongBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ShortSlot(ulong value) => (int)((value * ShortPrime) >> (64 - ShortBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Note(byte* from, int* longs, int* shorts, int at)
    {
        ulong here = Load(from + at);
        longs[LongSlot(here)] = at;
        shorts[ShortSlot(here)] = at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe ulong Load(byte* from) => BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(from, sizeof(ulong)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Widen(byte* from, int anchor, ref int at, ref int match, ref int length)
    {
        while (at > anchor && match > 0 && from[at - 1] == from[match - 1])
        {
            at--;
            match--;
            length++;
        }
    }

    /// <summary>Bytes that are the same, up to an end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe int Count(byte* from, int at, int match, int end)
    {
        int start = at;
        for (; at <= end - sizeof(ulong); at += sizeof(ulong), match += sizeof(ulong))
        {
            ulong difference = Load(from + at) ^ Load(from + match);
            if (difference != 0)
            {
                return at - start + (BitOperations.TrailingZeroCount(difference) >> 3);
            }
        }

        while (at < end && from[at] == from[match])
        {
            at++;
            match++;
        }

        return at - start;
    }
}
