namespace Portability.Repository.Packs;

/// <summary>Guesses cheaply whether bytes will shrink, so that packed or encrypted data costs no compression.</summary>
internal static class CompressionProbe
{
    private const int SampleCount = 4096;

    /// <summary>Sum of squared counts per sample byte of an even distribution is near 17 for this many samples; text is above 100.</summary>
    private const int EvenSquares = SampleCount * 19;

    /// <summary>Tells whether compression is worth a try.</summary>
    /// <param name="source">Bytes that would be compressed.</param>
    /// <returns>False only if a sample is spread as evenly as random bytes are and holds no repeats.</returns>
    public static bool MayShrink(ReadOnlySpan<byte> source)
    {
        if (source.Length < 4 * SampleCount)
        {
            return true;
        }

        Span<int> counts = stackalloc int[256];
        const int Pieces = 16, PieceLength = SampleCount / Pieces;
        int stride = (source.Length - PieceLength) / (Pieces - 1);
        for (int piece = 0; piece < Pieces; piece++)
        {
            foreach (byte value in source.Slice(piece * stride, PieceLength))
            {
                counts[value]++;
            }
        }

        long squares = 0;
        foreach (int count in counts)
        {
            squares += (long)count * count;
        }

        return squares > EvenSquares;
    }
}
