namespace Portability.Disks.Formats;

/// <summary>Runs of equal bits in the bitmaps that tell a child's sectors from its parent's.</summary>
internal static class SectorBitmap
{
    /// <summary>Counts how many bits from one on are equal to it.</summary>
    /// <param name="bitmap">Bytes of the bitmap.</param>
    /// <param name="start">Index of the first bit, inside the bitmap.</param>
    /// <param name="end">Index behind the last bit of interest, at most the bitmap's bits.</param>
    /// <param name="highBitFirst">True if bit 0 is the highest of its byte (VHD), false if the lowest (VHDX).</param>
    /// <param name="value">The bit's value.</param>
    /// <returns>Number of bits, at least 1.</returns>
    public static int CountRun(ReadOnlySpan<byte> bitmap, int start, int end, bool highBitFirst, out bool value)
    {
        value = Get(bitmap, start, highBitFirst);
        byte whole = value ? byte.MaxValue : (byte)0;
        int at = start + 1;
        while (at < end)
        {
            if (at % 8 == 0)
            {
                int equal = bitmap[(at / 8)..((end + 7) / 8)].IndexOfAnyExcept(whole);
                at = equal < 0 ? end : Math.Min(at + (equal * 8), end);
                if (at == end)
                {
                    break;
                }
            }

            if (Get(bitmap, at, highBitFirst) != value)
            {
                break;
            }

            at++;
        }

        return at - start;
    }

    private static bool Get(ReadOnlySpan<byte> bitmap, int index, bool highBitFirst) =>
        ((bitmap[index / 8] >> (highBitFirst ? 7 - (index % 8) : index % 8)) & 1) != 0;
}
