namespace Portability.Repository.Locations;

/// <summary>Tells which keys a file of the local index cannot hold: a Bloom filter of 64-byte lines, about ten bits a key.</summary>
internal static class IndexFilter
{
    /// <summary>Files with more entries have no filter: there are few of them, and building it would take much memory.</summary>
    public const long MaximumEntries = 8 << 20;

    private const int BitsPerEntry = 10, BitsPerLine = IndexFileHeader.FilterLineSize * 8, Probes = 6, ProbeBits = 9;

    public static int Lines(long entries) =>
        entries > MaximumEntries ? 0 : (int)((entries * BitsPerEntry) + BitsPerLine - 1) / BitsPerLine;

    public static int Line(IndexKey key, int lines) => (int)(uint)(key.High % (uint)lines);

    public static void Add(Span<byte> line, IndexKey key)
    {
        ulong bits = key.Low;
        for (int probe = 0; probe < Probes; probe++, bits >>= ProbeBits)
        {
            int bit = (int)(bits & (BitsPerLine - 1));
            line[bit >> 3] |= (byte)(1 << (bit & 7));
        }
    }

    public static bool MayHold(ReadOnlySpan<byte> line, IndexKey key)
    {
        ulong bits = key.Low;
        for (int probe = 0; probe < Probes; probe++, bits >>= ProbeBits)
        {
            int bit = (int)(bits & (BitsPerLine - 1));
            if ((line[bit >> 3] & (1 << (bit & 7))) == 0)
            {
                return false;
            }
        }

        return true;
    }
}
