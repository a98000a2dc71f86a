using System.Globalization;
using Xunit;

namespace Portability.Engine.Tests.Faults;

/// <summary>`kill -9` at random moments of capture, sync, remove and optimise. `PORTABILITY_KILLS` says how many, `PORTABILITY_KILL_SEED` which child is the first.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int Few = 100;

    [Fact]
    public async Task Kills_lose_no_committed_snapshot()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Exit codes of killed processes are told otherwise there.");
        int count = Read("PORTABILITY_KILLS", Few);
        int next = Read("PORTABILITY_KILL_SEED", 0) - 1;
        int end = next + 1 + count;
        using var first = new KillHistory(next + 1);
        using var second = new KillHistory(next + 2);
        await Task.WhenAll(new[] { first, second }.Select(async history =>
        {
            await history.PrepareAsync();
            for (int child = Interlocked.Increment(ref next); child < end; child = Interlocked.Increment(ref next))
            {
                await history.RunAsync(child);
            }
        }));
        string moments = string.Join(", ", first.KilledIn.Concat(second.KilledIn).GroupBy(item => item.Key).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => string.Create(CultureInfo.InvariantCulture, $"{group.Sum(item => item.Value)} {group.Key}")));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} kills; {first.Captured + second.Captured} snapshots captured; the last words of the killed: {moments}."));
        Assert.True(count < 100 || first.Captured + second.Captured > 0, "Too little happens.");
    }

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) : otherwise;
}
