using System.Text;

namespace Portability.Benchmarks;

/// <summary>Bytes that shrink about as much as the files of a system do, the same on every run.</summary>
internal static class SampleData
{
    /// <summary>Makes the bytes: words drawn unevenly from a small vocabulary, with numbers between them.</summary>
    /// <param name="length">How many.</param>
    public static byte[] Text(int length)
    {
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => Word(random))];
        var text = new StringBuilder(length + 16);
        while (text.Length < length)
        {
            double place = random.NextDouble();
            text.Append(words[(int)(place * place * words.Length)]).Append(random.Next(6) == 0 ? random.Next(10_000).ToString("x4", null) : " ");
        }

        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    private static string Word(Random random) => string.Create(random.Next(3, 11), random, static (target, source) =>
    {
        foreach (ref char letter in target)
        {
            letter = (char)('a' + source.Next(26));
        }
    });
}
