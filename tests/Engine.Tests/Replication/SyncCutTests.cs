using Portability.Engine.Repositories;
using Portability.Engine.Tests.Stores;
using Xunit;

namespace Portability.Engine.Tests.Replication;

/// <summary>Syncs whose connection is cut at any call, and what all of it carries over the wire: to the mirror, or when it is pulled from the origin.</summary>
public sealed class SyncCutTests : IDisposable
{
    private const double Most = 1.05;
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("PORTABILITY_LONG") is "1";

    private readonly SyncBench bench = new();

    public void Dispose() => bench.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sync_that_is_cut_anywhere_goes_on_where_it_stopped(bool pull)
    {
        await MakeOriginAsync(8 << 20);
        long missing = bench.Files(bench.Fixture.Vault).Values.Sum();
        await SyncOnceAsync(new WireTotals(), pull);
        bench.ClearMirror();
        var uncut = new WireTotals();
        await SyncOnceAsync(uncut, pull);
        AssertCarried(uncut, missing, "not cut");
        int cuts = IsLong ? 100 : 6;
        double worst = 0;
        int told = 0;
        for (int cut = 0; cut < cuts; cut++)
        {
            bench.ClearMirror();
            var totals = new WireTotals { CutAt = 1 + ((uncut.Calls - 1) * cut / cuts) };
            try
            {
                await SyncOnceAsync(totals, pull);
            }
            catch (PortabilityException)
            {
                Assert.True(totals.IsCut);
                told++;
            }

            totals.CutAt = long.MaxValue;
            await SyncOnceAsync(totals, pull);
            await bench.AssertHealthyAsync(bench.Mirror);
            AssertCarried(totals, missing, FormattableString.Invariant($"cut {cut} of {cuts}"));
            worst = Math.Max(worst, (double)totals.Bytes / missing);
        }

        // What is done after the receipt, such as to end a lease, fails no sync that has arrived.
        Assert.InRange(told, cuts * 8 / 10, cuts);
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"{cuts} syncs of {missing} bytes, {(pull ? "pulled" : "pushed")}, cut once each: carried at most {worst:n4} x that, {(double)uncut.Bytes / missing:n4} x uncut"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sync_that_is_cut_twenty_times_goes_on_each_time(bool pull)
    {
        WorkloadSnapshot newest = await MakeOriginAsync(36 << 20);
        long missing = bench.Files(bench.Fixture.Vault).Values.Sum();
        var uncut = new WireTotals();
        await SyncOnceAsync(uncut, pull);
        bench.ClearMirror();
        var totals = new WireTotals();
        int cuts = 0;
        for (; cuts < 20; cuts++)
        {
            // Each gets a little further than the one before.
            totals.CutAtBytes = totals.Bytes + (missing / (pull ? 200 : 24)) + 30_000;
            try
            {
                await SyncOnceAsync(totals, pull);
                break;
            }
            catch (PortabilityException)
            {
                Assert.True(totals.IsCut);
            }
        }

        totals.CutAtBytes = long.MaxValue;
        await SyncOnceAsync(totals, pull);
        Assert.Equal(20, cuts);
        AssertCarried(totals, missing, "cut 20 times");
        await bench.AssertHealthyAsync(bench.Mirror);
        using RepositoryConnection mirror = await bench.Fixture.OpenAsync(bench.Mirror);
        Assert.Equal(bench.Content("web01"), await TestDisk.ReadAsync(mirror, newest));
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"one sync of {missing} bytes, {(pull ? "pulled" : "pushed")}, cut {cuts} times: carried {(double)totals.Bytes / missing:n4} x that, {(double)uncut.Bytes / missing:n4} x uncut"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_later_sync_carries_what_is_new(bool pull)
    {
        await MakeOriginAsync(16 << 20);
        await SyncOnceAsync(new WireTotals(), pull);
        using (RepositoryConnection origin = await bench.Fixture.OpenAsync())
        {
            for (int seed = 20; seed < 23; seed++)
            {
                await bench.CaptureAsync(origin, "web01", seed, changed: 1 << 20);
            }
        }

        long missing = bench.Files(bench.Fixture.Vault, lackingIn: bench.Mirror).Values.Sum();
        var totals = new WireTotals();
        await SyncOnceAsync(totals, pull);
        AssertCarried(totals, missing, "three new snapshots");
        await bench.AssertHealthyAsync(bench.Mirror);
        TestContext.Current.SendDiagnosticMessage(FormattableString.Invariant(
            $"three new snapshots, {missing} bytes, {(pull ? "pulled" : "pushed")}: carried {(double)totals.Bytes / missing:n4} x that"));
    }

    private async Task<WorkloadSnapshot> MakeOriginAsync(int length)
    {
        using RepositoryConnection origin = await bench.Fixture.OpenNewAsync();
        await bench.CaptureAsync(origin, "web01", 1, length);
        return await bench.CaptureAsync(origin, "web01", 2, length);
    }

    private async Task SyncOnceAsync(WireTotals totals, bool pull)
    {
        // The connection is there before the sync begins, and is not counted.
        totals.IsCounting = false;
        using RepositoryConnection origin = await bench.OpenAsync(totals, pull);
        totals.IsCounting = true;
        using RepositoryConnection mirror = (await bench.SyncAsync(origin, pull)).Destination;
    }

    private static void AssertCarried(WireTotals totals, long missing, string what) =>
        Assert.True(totals.Bytes <= Most * missing, FormattableString.Invariant($"{what}: {totals.Bytes} bytes for {missing}, {(double)totals.Bytes / missing:n4} x: {totals}"));
}
