using System.Diagnostics;
using Xunit;

namespace Portability.Tests;

/// <summary>Changes sound inputs at random, mostly where they hold something, and checks that a parser ends soon and only in its own errors.</summary>
internal static class MutationFuzz
{
    public const int Inputs = 20_000;

    private const long MaximumAllocation = 256 << 20;
    private static readonly TimeSpan MaximumTime = TimeSpan.FromSeconds(1);

    /// <summary>Ten times as many inputs with `PORTABILITY_LONG=1`.</summary>
    public static int Factor => string.Equals(Environment.GetEnvironmentVariable("PORTABILITY_LONG"), "1", StringComparison.Ordinal) ? 10 : 1;

    private static readonly long[] Interesting =
        [0, 1, 2, 7, 8, 9, 63, 64, 127, 128, 255, 256, 511, 512, 4096, 65535, 65536, int.MaxValue, uint.MaxValue, 1L << 40, long.MaxValue - 1, long.MaxValue, -1, long.MinValue];

    /// <summary>Runs a parser over mutations of the seeds.</summary>
    /// <param name="seeds">Sound inputs.</param>
    /// <param name="parse">Opens and reads an input; the memory is only valid while it runs.</param>
    /// <param name="fixChecksums">Makes checksums fit again in half of the inputs, or null.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="expectRefusals">False for parsers that report instead of refusing.</param>
    public static async Task RunAsync(
        IReadOnlyList<byte[]> seeds, Func<ReadOnlyMemory<byte>, Task> parse, Action<byte[]>? fixChecksums = null, int inputs = Inputs, bool expectRefusals = true)
    {
        var random = new Random(20);
        inputs *= Factor;
        byte[][] work = [.. seeds.Select(seed => (byte[])seed.Clone())];
        int[][] hot = [.. seeds.Select(Hot)];
        var changed = new List<(int At, int Count)>();
        int refused = 0;
        for (int i = 0; i < inputs; i++)
        {
            int which = i % seeds.Count;
            byte[] input = work[which];
            int length = input.Length;
            changed.Clear();
            for (int changes = 1 + random.Next(6); changes > 0; changes--)
            {
                length = Mutate(random, input, hot[which], length, changed);
            }

            if (i % 2 == 0)
            {
                fixChecksums?.Invoke(input);
            }

            (bool wasRefused, TimeSpan taken) = await MeasureAsync(parse, input, length, i);
            refused += wasRefused ? 1 : 0;
            if (taken > MaximumTime)
            {
                // A machine that is busy with other things is no fault of the input: the best of two counts.
                taken = (await MeasureAsync(parse, input, length, i)).Taken;
            }

            Assert.True(taken <= MaximumTime, $"Input {i} took {taken}.");
            Restore(seeds[which], input, fixChecksums is null ? changed : [(0, input.Length)]);
        }

        Assert.True(!expectRefusals || refused > inputs / 100, $"Only {refused} of {inputs} inputs were refused: the mutations do not reach the parser.");
    }

    private static async Task<(bool Refused, TimeSpan Taken)> MeasureAsync(Func<ReadOnlyMemory<byte>, Task> parse, byte[] input, int length, int number)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        bool refused = false;
        try
        {
            await parse(input.AsMemory(0, length));
        }
        catch (PortabilityException)
        {
            refused = true;
        }
        catch (Exception other)
        {
            string kept = Path.Combine(Path.GetTempPath(), $"fuzz-{number}.bin");
            await File.WriteAllBytesAsync(kept, input[..length]);
            Assert.Fail($"Input {number}, kept as {kept}: {other}");
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaximumAllocation, $"Input {number} took too much memory.");
        return (refused, Stopwatch.GetElapsedTime(start));
    }

    // Offsets that hold something, and a little around them: most of an image is zeros that no parser looks at.
    private static int[] Hot(byte[] seed)
    {
        var offsets = new List<int>();
        int last = -1;
        for (int i = 0; i < seed.Length && offsets.Count < 200_000; i++)
        {
            if (seed[i] != 0)
            {
                for (int near = Math.Max(last + 1, i - 8); near <= Math.Min(seed.Length - 1, i + 8); near++)
                {
                    offsets.Add(near);
                    last = near;
                }
            }
        }

        return [.. offsets];
    }

    private static void Restore(byte[] seed, byte[] input, List<(int At, int Count)> changed)
    {
        foreach ((int at, int count) in changed)
        {
            seed.AsSpan(at, Math.Min(count, seed.Length - at)).CopyTo(input.AsSpan(at));
        }
    }

    private static int Mutate(Random random, byte[] input, int[] hot, int length, List<(int At, int Count)> changed)
    {
        // The first kilobytes hold headers; weigh them.
        int at = random.Next(3) == 0 ? hot[random.Next(Math.Min(hot.Length, 512))] : hot[random.Next(hot.Length)];
        changed.Add((at & ~7, 72));
        switch (random.Next(8))
        {
            case 0:
                input[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                input[at] = (byte)random.Next(256);
                break;
            case 2 or 3:
                Store(input, at & ~3, 4, Interesting[random.Next(Interesting.Length)], random.Next(2) == 0);
                break;
            case 4 or 5:
                Store(input, at & ~7, 8, Interesting[random.Next(Interesting.Length)], random.Next(2) == 0);
                break;
            case 6:
                int from = hot[random.Next(hot.Length)];
                int count = Math.Min(1 + random.Next(64), input.Length - Math.Max(at, from));
                input.AsSpan(from, count).CopyTo(input.AsSpan(at));
                break;
            default:
                return random.Next(8) == 0 ? random.Next(length + 1) : length;
        }

        return length;
    }

    private static void Store(byte[] input, int at, int size, long value, bool bigEndian)
    {
        for (int i = 0; i < size && at + i < input.Length; i++)
        {
            input[at + i] = (byte)(value >> (8 * (bigEndian ? size - 1 - i : i)));
        }
    }
}
