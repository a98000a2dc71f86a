using Portability.Core.Crypto;
using Portability.Repository.Backends;

namespace Portability.Repository.Tests.Histories;

/// <summary>A random history with one pause, longer than the time after which a collector shuts a holder out; the same for the same seed.</summary>
internal sealed class HistorySchedule : ISchedule
{
    private const int LatestPause = 150;
    private static readonly TimeSpan ShutOut = TimeSpan.FromMinutes(16);

    private readonly SeededSchedule inner;
    private readonly int pauseAt;
    private readonly TimeSpan length;
    private int steps;
    private TimeSpan until;

    public HistorySchedule(ulong seed)
    {
        inner = new SeededSchedule(seed);
        var random = new SeededRandomSource(~seed);
        pauseAt = random.NextInt32(LatestPause);
        length = ShutOut + TimeSpan.FromMinutes(random.NextInt32(30));
    }

    /// <summary>Whom to pause; set once it is made.</summary>
    public StoreScheduler? Scheduler { get; set; }

    /// <summary>Who is paused now, or null.</summary>
    public string? Paused { get; private set; }

    /// <inheritdoc/>
    public int Choose(IReadOnlyList<ScheduledStep> steps)
    {
        int chosen = inner.Choose(steps);
        TimeSpan now = Scheduler!.Clock.GetElapsedTime(0);
        if (this.steps++ == pauseAt && steps[chosen].Actor.Length > 0)
        {
            // Its call has been asked for and is answered: so it sleeps between two calls.
            Paused = steps[chosen].Actor;
            until = now + length;
            Scheduler.Pause(Paused);
        }
        else if (Paused is not null && now >= until)
        {
            Resume();
        }

        return chosen;
    }

    /// <summary>Ends the pause.</summary>
    public void Resume()
    {
        if (Paused is { } sleeper)
        {
            Scheduler!.Resume(sleeper);
            Paused = null;
        }
    }
}
