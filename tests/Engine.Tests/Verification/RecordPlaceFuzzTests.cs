using System.Diagnostics;
using System.Text;
using Portability.Engine.Snapshots.Sources;
using Portability.Engine.Verification;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Engine.Tests.Verification;

/// <summary>Damaged bodies of the records that only checks read, and damaged change tokens: errors of this product or none, no long time, no large memory.</summary>
public sealed class RecordPlaceFuzzTests
{
    private const int Inputs = 20_000;
    private const long MaximumAllocation = 64 << 20;
    private const string Workload = "0a0b0c0d-0e0f-4011-8213-141516171819";
    private const string Hash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private static readonly string[] Tokens =
    [
        "null", "true", "0", "-1", "1e999", "9223372036854775807", "9223372036854775808", "\"\"", "[]", "{}", "[null]", "null,", ",null", "[[[[[[[[[[[[[[[[[", "\"\\ud800\"", ",", ":", "\"",
    ];

    [Theory]
    [InlineData($$"""{"workload":"{{Workload}}","counter":3,"instance":"{{Workload}}","number":7,"parentHash":"{{Hash}}"}""")]
    [InlineData($$"""{"lease":"00112233445566778899aabbccddeeff","objects":[{"name":"packs/boot/00/{{Hash}}.0","length":700,"hash":"{{Hash}}"}]}""")]
    [InlineData($$"""{"object":"{{Hash}}","hash":"{{Hash}}"}""")]
    [InlineData($$"""{"workload":"{{Workload}}","from":1,"to":9,"instance":"{{Workload}}","tombstones":[{"workload":"{{Workload}}","number":4,"hash":"{{Hash}}"}]}""")]
    [InlineData($$"""{"new":{"object":"{{Hash}}","length":9,"hash":"{{Hash}}"},"old":["{{Hash}}"],"completeFor":["{{Hash}}"]}""")]
    public void Bodies(string sound) => Fuzz(sound, bytes =>
    {
        RecordPlace place = RecordJson.Read(bytes, VerificationJson.Default.RecordPlace, "record", "record");
        _ = place.ToString();
    });

    [Fact]
    public void Change_tokens()
    {
        var token = new ChangeToken
        {
            Layers =
            [
                new LayerState { Path = "/x", Format = "VHDX", Length = 1 << 30, FileLength = 1 << 20, Modified = 77, DataWrite = Guid.Parse(Workload), HeaderSequence = 5 },
                new LayerState { Path = "/y", Format = "VHDX", Length = 1 << 30, FileLength = 1 << 20, Modified = 77, DataWrite = Guid.Parse(Workload), HeaderSequence = 6 },
            ],
            OwnUnit = 1 << 20,
            Own = [1, 2, 7, 9],
        };

        // A token that does not read is none: it only costs a scan. One that reads can be decided by.
        Fuzz(token.Write(), bytes =>
        {
            if (ChangeToken.Read(Encoding.UTF8.GetString(bytes)) is { } read)
            {
                _ = ChangeDecision.Make(read, [token.Layers[0], token.Layers[1]], full: false);
                _ = ChangeDecision.Make(read, [token.Layers[1]], full: false);
            }
        });
    }

    private static void Fuzz(string sound, Action<byte[]> read)
    {
        var random = new Random(22);
        byte[] source = Encoding.UTF8.GetBytes(sound);
        read(source);
        int inputs = Inputs * (string.Equals(Environment.GetEnvironmentVariable("PORTABILITY_LONG"), "1", StringComparison.Ordinal) ? 10 : 1);
        for (int i = 0; i < inputs; i++)
        {
            byte[] input = source;
            for (int rounds = random.Next(1, 5); rounds > 0; rounds--)
            {
                input = Damage(random, input);
            }

            TimeSpan taken = Measure(input, read);
            if (taken > TimeSpan.FromSeconds(1))
            {
                taken = Measure(input, read); // A machine that is busy with other things is no fault of the input.
            }

            Assert.InRange(taken, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        }
    }

    private static TimeSpan Measure(byte[] input, Action<byte[]> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        try
        {
            read(input);
        }
        catch (PortabilityException)
        {
            // What does not read is refused.
        }
        catch (Exception other)
        {
            Assert.Fail($"{Encoding.UTF8.GetString(input)}: {other}");
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
        return Stopwatch.GetElapsedTime(start);
    }

    private static byte[] Damage(Random random, byte[] source)
    {
        if (source.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        int at = random.Next(source.Length);
        int length = Math.Min(random.Next(1, 17), source.Length - at);
        byte[] changed = [.. source];
        switch (random.Next(5))
        {
            case 0:
                changed[at] ^= (byte)(1 << random.Next(8));
                return changed;
            case 1:
                return source[..at];
            case 2:
                return [.. source[..at], .. source[(at + length)..]];
            case 3:
                return [.. source[..(at + length)], .. source[at..]];
            default:
                return [.. source[..at], .. Encoding.UTF8.GetBytes(Tokens[random.Next(Tokens.Length)]), .. source[(at + length)..]];
        }
    }
}
