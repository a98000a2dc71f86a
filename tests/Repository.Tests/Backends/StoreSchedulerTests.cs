using Portability.Repository.Backends;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class StoreSchedulerTests
{
    private static readonly BlobName Counter = BlobName.Parse("counter");

    [Fact]
    public void Every_interleaving_is_run_once()
    {
        HashSet<string> histories = new(StringComparer.Ordinal);
        int runs = 0;
        var schedule = new EnumeratedSchedule();
        do
        {
            var scheduler = new StoreScheduler(schedule);
            var memory = new MemoryBlobStore();
            foreach (string actor in new[] { "a", "b", "c" })
            {
                IBlobStore store = scheduler.Attach(actor, memory);
                scheduler.Start(actor, async () =>
                {
                    await store.GetLengthAsync(Counter, default);
                    await store.PutIfAbsentAsync(BlobName.Parse(actor), new byte[1], default);
                });
            }

            Assert.Equal(ScheduleOutcome.Ended, scheduler.Run(100));
            histories.Add(string.Join(';', scheduler.History));
            runs++;
        }
        while (schedule.Next());

        // 6! / (2! 2! 2!)
        Assert.Equal(90, runs);
        Assert.Equal(90, histories.Count);
    }

    [Fact]
    public void A_check_before_an_act_is_found_out_and_put_if_absent_is_not()
    {
        Assert.True(CountWinners(safe: false).Exists(count => count == 2));
        Assert.DoesNotContain(CountWinners(safe: true), count => count != 1);
    }

    [Fact]
    public async Task A_kill_leaves_the_call_done_or_not_and_no_line_runs_after_it()
    {
        List<(bool Killed, bool Stored, bool Went)> seen = [];
        var schedule = new EnumeratedSchedule();
        do
        {
            var scheduler = new StoreScheduler(schedule, kills: 1);
            var memory = new MemoryBlobStore();
            IBlobStore store = scheduler.Attach("a", memory);
            bool went = false;
            scheduler.Start("a", async () =>
            {
                try
                {
                    await store.PutIfAbsentAsync(Counter, new byte[1], default);
                }
                finally
                {
                    went = true;
                }
            });
            Assert.Equal(ScheduleOutcome.Ended, scheduler.Run(10));
            seen.Add((scheduler.IsKilled("a"), await memory.GetLengthAsync(Counter, TestContext.Current.CancellationToken) == 1, went));
        }
        while (schedule.Next());
        Assert.Equal([(false, true, true), (true, false, false), (true, true, false)], seen);
    }

    [Fact]
    public void Time_passes_only_when_the_schedule_says_so_and_a_pause_holds()
    {
        var scheduler = new StoreScheduler(new SeededSchedule(3));
        var memory = new MemoryBlobStore();
        IBlobStore store = scheduler.Attach("a", memory);
        List<double> times = [];
        scheduler.Start("a", async () =>
        {
            for (int number = 0; number < 3; number++)
            {
                await Task.Delay(TimeSpan.FromMinutes(5), scheduler.Clock);
                await store.PutIfAbsentAsync(BlobName.Parse($"beat/{number}"), new byte[1], default);
                times.Add(scheduler.Clock.GetElapsedTime(0).TotalMinutes);
            }
        });
        scheduler.Pause("a");
        Assert.Equal(ScheduleOutcome.Stuck, scheduler.Run(100));
        Assert.Empty(times);
        scheduler.Resume("a");
        Assert.Equal(ScheduleOutcome.Ended, scheduler.Run(100));
        Assert.Equal([5, 10, 15], times);
    }

    [Fact]
    public void Errors_end_their_actor_and_waiting_for_something_else_is_said()
    {
        var scheduler = new StoreScheduler(new SeededSchedule(1));
        IBlobStore store = scheduler.Attach("a", new MemoryBlobStore());
        scheduler.Start("a", async () => await store.GetAsync(Counter, 0, new byte[1], default));
        scheduler.Start("b", () => new TaskCompletionSource().Task);
        Assert.Equal(ScheduleOutcome.Stuck, scheduler.Run(100));
        Assert.IsType<StorageException>(scheduler.TaskOf("a").Exception!.InnerException);
        scheduler.Kill("b");
        Assert.Equal(ScheduleOutcome.Ended, scheduler.Run(100));
    }

    [Fact]
    public void Random_histories_repeat_themselves_and_differ()
    {
        string[] once = [.. Enumerable.Range(0, 200).Select(seed => RunRandom((ulong)seed))];
        string[] again = [.. Enumerable.Range(0, 200).Select(seed => RunRandom((ulong)seed))];
        Assert.Equal(once, again);
        Assert.InRange(once.Distinct(StringComparer.Ordinal).Count(), 150, 200);
    }

    private static string RunRandom(ulong seed)
    {
        var scheduler = new StoreScheduler(new SeededSchedule(seed), kills: 1);
        var memory = new MemoryBlobStore();
        foreach (string actor in new[] { "a", "b", "c" })
        {
            IBlobStore store = scheduler.Attach(actor, memory);
            scheduler.Start(actor, async () =>
            {
                for (int number = 0; number < 5; number++)
                {
                    await store.PutIfAbsentAsync(BlobName.Parse($"{actor}/{number}"), new byte[1], default);
                }
            });
        }

        scheduler.Run(1000);
        return string.Join(';', scheduler.History);
    }

    private static List<int> CountWinners(bool safe)
    {
        List<int> winners = [];
        var schedule = new EnumeratedSchedule();
        do
        {
            var scheduler = new StoreScheduler(schedule);
            var memory = new MemoryBlobStore();
            int won = 0;
            foreach (string actor in new[] { "a", "b" })
            {
                IBlobStore store = scheduler.Attach(actor, memory);
                scheduler.Start(actor, async () =>
                {
                    bool absent = safe || await store.GetLengthAsync(Counter, default) is null;
                    if (absent && (await store.PutIfAbsentAsync(Counter, new byte[1], default) == PutResult.Created || !safe))
                    {
                        won++;
                    }
                });
            }

            scheduler.Run(100);
            winners.Add(won);
        }
        while (schedule.Next());
        return winners;
    }
}
