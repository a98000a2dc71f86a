using System.Buffers.Binary;

namespace Portability.Repository.Packs.Compression;

/// <summary>Writes bits into a span, lowest bit first. Writes up to eight bytes beyond what it counts: the span has that room.</summary>
internal ref struct BitSink
{
    /// <summary>Bytes behind the last one that may be overwritten.</summary>
    public const int Slack = 8;

    private readonly Span<byte> target;
    private ulong bits;
    private int count;
    private int position;

    public BitSink(Span<byte> target)
    {
        this.target = target;
        bits = 0;
        count = 0;
        position = 0;
    }

    /// <summary>Adds bits; at most 56 between two calls of <see cref="Flush"/>.</summary>
    public void Put(ulong value, int length)
    {
        bits |= value << count;
        count += length;
    }

    /// <summary>Writes all whole bytes.</summary>
    public void Flush()
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target[position..], bits);
        int whole = count >> 3;
        position += whole;
        bits >>= whole << 3;
        count &= 7;
    }

    /// <summary>Writes what is left, padded with zeros.</summary>
    /// <returns>Bytes written in all.</returns>
    public int Finish()
    {
        Flush();
        return position + (count > 0 ? 1 : 0);
    }
}
