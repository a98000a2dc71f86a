using System.Diagnostics;
using Xunit;

namespace Portability.Repository.Tests;

/// <summary>
/// Runs a parser over damaged inputs: only <see cref="PortabilityException"/> escapes, no input takes over a second or much memory.
/// `PORTABILITY_LONG=1` runs ten times as many.
/// </summary>
internal static class ParserFuzz
{
    /// <summary>Inputs of the short form.</summary>
    public const int Inputs = 20_000;

    private const long MaximumAllocation = 64 << 20;
    private static readonly TimeSpan MaximumTime = TimeSpan.FromSeconds(1);

    private static bool IsLong => string.Equals(Environment.GetEnvironmentVariable("PORTABILITY_LONG"), "1", StringComparison.Ordinal);

    /// <summary>Damages one sound input again and again.</summary>
    /// <param name="seed">Of the damage; every use has its own.</param>
    /// <param name="source">The sound input.</param>
    /// <param name="read">The parser.</param>
    /// <param name="mend">Makes checksums fit again in half of the inputs, or null.</param>
    /// <param name="leastRefused">One in this many inputs must be refused, or the damage does not reach the parser; 0 for parsers that do not refuse.</param>
    /// <param name="inputs">Inputs in the short form.</param>
    public static void Run(ulong seed, byte[] source, Action<byte[]> read, Action<byte[]>? mend = null, int leastRefused = 10, int inputs = Inputs)
    {
        inputs *= IsLong ? 10 : 1;
        read([.. source]); // What is sound passes.
        var mutation = new Mutation(seed);
        int refused = 0;
        int done = 0;
        while (done < inputs)
        {
            byte[] input = [.. mutation.Apply(source)];
            if (input.AsSpan().SequenceEqual(source))
            {
                continue;
            }

            if (mend is not null && done % 2 == 0)
            {
                mend(input);
            }

            done++;
            (bool wasRefused, TimeSpan time) = Measure(input, read);
            refused += wasRefused ? 1 : 0;
            if (time > MaximumTime)
            {
                // A machine that is busy with other things is no fault of the input: the best of two counts.
                time = Measure(input, read).Time;
            }

            Assert.InRange(time, TimeSpan.Zero, MaximumTime);
        }

        Assert.InRange(refused, leastRefused == 0 ? 0 : inputs / leastRefused, inputs);
    }

    private static (bool Refused, TimeSpan Time) Measure(byte[] input, Action<byte[]> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        bool refused = false;
        try
        {
            read(input);
        }
        catch (PortabilityException)
        {
            refused = true;
        }
        catch (Exception other)
        {
            Assert.Fail($"Input {Convert.ToBase64String(input.AsSpan(0, Math.Min(input.Length, 4096)))}: {other}");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
        return (refused, Stopwatch.GetElapsedTime(start));
    }
}
