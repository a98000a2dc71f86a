using System.Globalization;
using Xunit;

namespace Portability.Repository.Tests.Histories;

/// <summary>
/// Real commits, leases, collectors and removers, driven through a store that schedules each operation. `PORTABILITY_HISTORIES` says how many
/// histories are run, `PORTABILITY_HISTORY_SEED` which is the first: a seed that a failure names, with a count of 1, runs that history again.
/// </summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private const int Few = 10_000;

    [Fact]
    public async Task RandomHistories_LoseNothingAndEnd()
    {
        int count = Read("PORTABILITY_HISTORIES", Few);
        int first = Read("PORTABILITY_HISTORY_SEED", 0);
        long commits = 0, shutOuts = 0, steps = 0;
        int next = first - 1;
        string? fault = null;
        Task[] workers = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(async () =>
        {
            HistoryTemplate template = await HistoryTemplate.CreateAsync();
            for (int seed = Interlocked.Increment(ref next); seed < first + count && fault is null; seed = Interlocked.Increment(ref next))
            {
                var history = new History(template, (ulong)seed);
                if (await history.RunAsync() is { } wrong)
                {
                    fault = $"Seed {seed}: {wrong}";
                }

                Interlocked.Add(ref commits, history.Commits);
                Interlocked.Add(ref shutOuts, history.HasShutOut ? 1 : 0);
                Interlocked.Add(ref steps, history.Steps);
            }
        }))];
        await Task.WhenAll(workers);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count:n0} histories from seed {first}: {steps:n0} steps, {commits:n0} snapshots committed, {shutOuts:n0} histories with a holder shut out."));
        Assert.True(fault is null, fault);

        // Histories in which nobody comes to anything prove nothing.
        Assert.True(count < 100 || (commits > count && shutOuts > count / 20), "Too little happens.");
    }

    [Fact]
    public async Task OneSeed_IsOneHistory()
    {
        HistoryTemplate template = await HistoryTemplate.CreateAsync();
        for (ulong seed = 0; seed < 20; seed++)
        {
            var once = new History(template, seed);
            var again = new History(template, seed);
            Assert.Null(await once.RunAsync());
            Assert.Null(await again.RunAsync());
            Assert.Equal(once.Trace, again.Trace);
        }
    }

    private static int Read(string name, int otherwise) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) : otherwise;
}
