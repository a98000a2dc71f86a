namespace Portability.Disks.Tests;

/// <summary>Makes the same random sparse bytes for the same seed: runs of data, zeros and repeated bytes at any alignment.</summary>
internal static class SparseContent
{
    public static byte[] Make(int seed, int length, double dataShare = 0.4, int longestRun = 40_000)
    {
        var random = new Random(seed);
        byte[] content = new byte[length];
        int at = 0;
        while (at < length)
        {
            int run = Math.Min(random.Next(1, longestRun), length - at);
            if (random.NextDouble() < dataShare)
            {
                if (random.Next(4) == 0)
                {
                    content.AsSpan(at, run).Fill((byte)random.Next(1, 256));
                }
                else
                {
                    random.NextBytes(content.AsSpan(at, run));
                }
            }

            at += run;
        }

        return content;
    }
}
