using System.Runtime.Intrinsics;

namespace Portability.Repository.Packs.Compression;

/// <summary>Unpacks frames. One thread at a time. Never reads or writes outside what it was given, whatever the bytes say.</summary>
/// <remarks>FORMAT.md section 9.1.</remarks>
internal sealed class LzDecoder
{
    /// <summary>Bytes that one copy may write beyond what it means to.</summary>
    private const int Margin = 32;

    private readonly byte[] literals = new byte[LzFormat.SegmentLength + Margin];
    private readonly byte[] tokens = new byte[LzFormat.SegmentLength / LzFormat.LeastMatch];
    private readonly byte[] offsetCodes = new byte[LzFormat.SegmentLength / LzFormat.LeastMatch];
    private readonly HuffmanDecoder huffman = new();
    private int lastOffset;
    private int offsetBefore;

    /// <summary>Unpacks bytes.</summary>
    /// <param name="source">All bytes of the packed form.</param>
    /// <param name="target">Exactly as many bytes as were packed.</param>
    /// <returns>False if the source breaks the format; the target's bytes are unspecified then.</returns>
    public bool TryDecode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        lastOffset = 1;
        offsetBefore = 4;
        for (int start = 0; start < target.Length; start += LzFormat.SegmentLength)
        {
            int end = Math.Min(target.Length, start + LzFormat.SegmentLength);
            int used = Segment(source, target[..end], start);
            if (used < 0)
            {
                return false;
            }

            source = source[used..];
        }

        return source.IsEmpty;
    }

    private int Segment(ReadOnlySpan<byte> source, Span<byte> target, int start)
    {
        int length = target.Length - start;
        if (source.Length > length && source[LzFormat.ModeAt] == LzFormat.Stored)
        {
            source.Slice(1, length).CopyTo(target[start..]);
            return length + 1;
        }

        if (source.Length < LzFormat.HeaderSize || source[LzFormat.ModeAt] != LzFormat.Packed)
        {
            return -1;
        }

        int literalCount = HuffmanSection.ReadSize(source[LzFormat.LiteralsAt..]);
        int sequenceCount = HuffmanSection.ReadSize(source[LzFormat.SequencesAt..]);
        int extraLength = HuffmanSection.ReadSize(source[LzFormat.ExtraAt..]);
        if (literalCount > length || sequenceCount > length / LzFormat.LeastMatch || extraLength > source.Length - LzFormat.HeaderSize)
        {
            return -1;
        }

        int position = LzFormat.HeaderSize + extraLength;
        for (int section = 0; section < 3; section++)
        {
            Span<byte> bytes = section switch
            {
                0 => literals.AsSpan(0, literalCount),
                1 => tokens.AsSpan(0, sequenceCount),
                _ => offsetCodes.AsSpan(0, sequenceCount),
            };
            int used = huffman.Decode(source[position..], bytes);
            if (used < 0)
            {
                return -1;
            }

            position += used;
        }

        return Join(source.Slice(LzFormat.HeaderSize, extraLength), literalCount, sequenceCount, target, start) ? position : -1;
    }

    private unsafe bool Join(ReadOnlySpan<byte> extra, int literalCount, int sequenceCount, Span<byte> target, int start)
    {
        var bits = new BitSource(extra);
        int at = start, literalAt = 0, end = target.Length;
        int offset = lastOffset, other = offsetBefore;
        fixed (byte* to = target, from = literals)
        {
            for (int sequence = 0; sequence < sequenceCount; sequence++)
            {
                int token = tokens[sequence];
                int count = token >> LzFormat.MatchBits;
                int length = (token & LzFormat.LongMatch) + LzFormat.LeastMatch;
                int code = offsetCodes[sequence];
                if (code >= LzFormat.RepeatCodes)
                {
                    if (code > LzFormat.RepeatCodes + LzFormat.MaximumOffsetBits)
                    {
                        return false;
                    }

                    other = offset;
                    offset = (1 << (code - LzFormat.RepeatCodes)) + bits.Take(code - LzFormat.RepeatCodes);
                }
                else if (code == 1)
                {
                    (offset, other) = (other, offset);
                }

                if (count == LzFormat.LongLiterals)
                {
                    count += bits.TakeLength();
                }

                if (length == LzFormat.LongMatch + LzFormat.LeastMatch)
                {
                    length += bits.TakeLength();
                }

                if (count > literalCount - literalAt || length > end - at - count || offset > at + count)
                {
                    return false;
                }

                if (end - at - count - length >= Margin)
                {
                    CopyLiterals(from + literalAt, to + at, count);
                    CopyMatch(to + at + count, offset, length);
                }
                else
                {
                    literals.AsSpan(literalAt, count).CopyTo(target[at..]);
                    for (int index = at + count; index < at + count + length; index++)
                    {
                        to[index] = to[index - offset];
                    }
                }

                at += count + length;
                literalAt += count;
            }
        }

        lastOffset = offset;
        offsetBefore = other;
        if (literalCount - literalAt != end - at || !bits.IsAtEnd)
        {
            return false;
        }

        literals.AsSpan(literalAt, end - at).CopyTo(target[at..]);
        return true;
    }

    /// <summary>Copies at least so many bytes, up to <see cref="Margin"/> more.</summary>
    private static unsafe void CopyLiterals(byte* from, byte* to, int count)
    {
        Vector128.Load(from).Store(to);
        for (int at = Vector128<byte>.Count; at < count; at += Vector128<byte>.Count)
        {
            Vector128.Load(from + at).Store(to + at);
        }
    }

    /// <summary>Copies at least so many bytes from behind, up to <see cref="Margin"/> more; what was just copied is copied again where the offset is short.</summary>
    private static unsafe void CopyMatch(byte* to, int offset, int length)
    {
        byte* from = to - offset;
        if (offset >= Vector128<byte>.Count)
        {
            for (int at = 0; at < length; at += Vector128<byte>.Count)
            {
                Vector128.Load(from + at).Store(to + at);
            }
        }
        else if (offset >= sizeof(ulong))
        {
            for (int at = 0; at < length; at += sizeof(ulong))
            {
                Vector64.Load(from + at).Store(to + at);
            }
        }
        else if (offset == 1)
        {
            new Span<byte>(to, length).Fill(*from);
        }
        else
        {
            for (int at = 0; at < length; at++)
            {
                to[at] = from[at];
            }
        }
    }
}
