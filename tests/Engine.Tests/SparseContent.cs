namespace Portability.Engine.Tests;

/// <summary>Makes the same random sparse bytes for the same seed: runs of data and zeros at any alignment.</summary>
internal static class SparseContent
{
    public static byte[] Make(int seed, int length, double dataShare = 0.4, int longestRun = 300_000)
    {
        var random = new Random(seed);
        byte[] content = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(random.Next(1, longestRun), length - at);
            if (random.NextDouble() < dataShare)
            {
                random.NextBytes(content.AsSpan(at, run));
            }

            at += run;
        }

        return content;
    }
}
