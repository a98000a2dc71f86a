using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace Portability.Engine.Tests.Faults;

/// <summary>Power cuts in capture, sync, remove and optimise. `PORTABILITY_CUTS` says how many, `PORTABILITY_CUT_SEED` which is the first.</summary>
public sealed class PowerCutTests(ITestOutputHelper output)
{
    private const int Few = 20;

    [Fact]
    public async Task Cuts_lose_no_committed_snapshot()
    {
        int count = Read("PORTABILITY_CUTS", Few);
        int first = Read("PORTABILITY_CUT_SEED", 0);
        var moments = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        int cuts = 0;
        for (int seed = first; cuts < count; seed++)
        {
            using var history = new PowerCutHistory((ulong)seed);
            try
            {
                await history.RunAsync();
            }
            catch (Exception exception)
            {
                Assert.Fail($"Seed {seed}, cut in {history.CutIn}: {exception}");
            }

            if (history.CutIn is { } moment)
            {
                cuts++;
                moments.AddOrUpdate(moment, 1, (_, before) => before + 1);
            }
        }

        string text = string.Join(", ", moments.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Value} in {item.Key}")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cuts} power cuts: {text}."));
        Assert.True(count < 1000 || moments.Count >= 4, text);
    }

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) : otherwise;
}
