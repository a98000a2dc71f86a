namespace Portability.Repository.Backends;

/// <summary>A clock that stands still until the scheduler lets it go on to the next timer.</summary>
internal sealed class ScheduledClock : TimeProvider
{
    private readonly List<Timer> timers = [];
    private TimeSpan elapsed;
    private long lastNumber;

    /// <summary>True if somebody waits for a time.</summary>
    public bool HasTimer => timers.Count > 0;

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => elapsed.Ticks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + elapsed;

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Lets the earliest timer fire, on this thread.</summary>
    public void FireNext()
    {
        Timer next = timers.MinBy(timer => (timer.Due, timer.Number))!;
        elapsed = next.Due > elapsed ? next.Due : elapsed;
        next.Fire();
    }

    private sealed class Timer(ScheduledClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan period;

        public TimeSpan Due { get; private set; }

        public long Number { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            this.period = period;
            clock.timers.Remove(this);
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                Due = clock.elapsed + dueTime;
                Number = clock.lastNumber++;
                clock.timers.Add(this);
            }

            return true;
        }

        public void Fire()
        {
            Change(period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period, period);
            callback(state);
        }

        public void Dispose() => clock.timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
