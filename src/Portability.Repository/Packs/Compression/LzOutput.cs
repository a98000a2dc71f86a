using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Portability.Repository.Packs.Compression;

/// <summary>
/// Where the encoder puts what it finds in one segment. Writes through pointers without checks: literals never outnumber the segment's bytes,
/// sequences never its quarter, and the buffers have room for what one copy writes beyond.
/// </summary>
/// <remarks>FORMAT.md section 9.1.</remarks>
internal unsafe ref struct LzOutput
{
    private readonly byte* literals;
    private readonly byte* tokens;
    private readonly byte* codes;
    private readonly byte* extra;
    private ulong bits;
    private int bitCount;
    private int extraLength;

    public LzOutput(byte* literals, byte* tokens, byte* codes, byte* extra, int lastOffset, int offsetBefore)
    {
        this.literals = literals;
        this.tokens = tokens;
        this.codes = codes;
        this.extra = extra;
        LastOffset = lastOffset;
        OffsetBefore = offsetBefore;
    }

    public int LiteralCount { get; private set; }

    public int SequenceCount { get; private set; }

    /// <summary>The offset of the last sequence.</summary>
    public int LastOffset { get; private set; }

    /// <summary>The offset before that.</summary>
    public int OffsetBefore { get; private set; }

    /// <summary>Puts a sequence: literals, then a match.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(byte* from, int count, int offset, int length)
    {
        byte* to = literals + LiteralCount;
        Vector128.Load(from).Store(to);
        for (int at = Vector128<byte>.Count; at < count; at += Vector128<byte>.Count)
        {
            Vector128.Load(from + at).Store(to + at);
        }

        LiteralCount += count;
        if (offset == LastOffset)
        {
            codes[SequenceCount] = 0;
        }
        else if (offset == OffsetBefore)
        {
            codes[SequenceCount] = 1;
            (LastOffset, OffsetBefore) = (OffsetBefore, LastOffset);
        }
        else
        {
            int size = BitOperations.Log2((uint)offset);
            codes[SequenceCount] = (byte)(LzFormat.RepeatCodes + size);
            PutBits((uint)offset ^ (1u << size), size);
            (LastOffset, OffsetBefore) = (offset, LastOffset);
        }

        length -= LzFormat.LeastMatch;
        tokens[SequenceCount++] = (byte)((Math.Min(count, LzFormat.LongLiterals) << LzFormat.MatchBits) | Math.Min(length, LzFormat.LongMatch));
        if (count >= LzFormat.LongLiterals)
        {
            PutLength(count - LzFormat.LongLiterals);
        }

        if (length >= LzFormat.LongMatch)
        {
            PutLength(length - LzFormat.LongMatch);
        }
    }

    /// <summary>Ends the extra bits.</summary>
    /// <returns>Their bytes.</returns>
    public int Finish() => extraLength + ((bitCount + 7) >> 3);

    private void PutLength(int value)
    {
        int size = BitOperations.Log2((uint)value + 1);
        PutBits((uint)size, LzFormat.LengthBits);
        PutBits((uint)(value + 1) ^ (1u << size), size);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutBits(uint value, int count)
    {
        bits |= (ulong)value << bitCount;
        bitCount += count;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(extra + extraLength, sizeof(ulong)), bits);
        int whole = bitCount >> 3;
        extraLength += whole;
        bits >>= whole << 3;
        bitCount &= 7;
    }
}
