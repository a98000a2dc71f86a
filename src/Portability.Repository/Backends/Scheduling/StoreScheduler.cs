namespace Portability.Repository.Backends;

/// <summary>
/// Runs several actors, real asynchronous code over stores, on one thread, one store call at a time, in an order that a schedule decides:
/// so a test can run every interleaving, kill an actor at any call, pause one, and let time pass. Actors may wait for their stores, for
/// <see cref="Clock"/> and for each other, and must not leave the thread. Not thread-safe.
/// </summary>
public sealed class StoreScheduler
{
    private readonly ScheduledClock clock = new();
    private readonly Dictionary<string, Task> actors = new(StringComparer.Ordinal);
    private readonly HashSet<string> dead = new(StringComparer.Ordinal);
    private readonly HashSet<string> paused = new(StringComparer.Ordinal);
    private readonly List<ScheduledStep> history = [];
    private readonly List<(string Actor, StoreCall Call, TaskCompletionSource<bool> Grant)> waiting = [];
    private readonly ISchedule schedule;
    private int killsLeft;

    /// <summary>Initialises a scheduler.</summary>
    /// <param name="schedule">Decides what happens next.</param>
    /// <param name="kills">Kills that the schedule may choose, in all.</param>
    public StoreScheduler(ISchedule schedule, int kills = 0)
    {
        this.schedule = schedule;
        killsLeft = kills;
    }

    /// <summary>The actors' clock. It begins at 1970-01-01 and moves only when the schedule lets a timer fire.</summary>
    public TimeProvider Clock => clock;

    /// <summary>What has happened, for the message of a test that failed.</summary>
    public IReadOnlyList<ScheduledStep> History => history;

    /// <summary>Gives an actor its view of a store.</summary>
    /// <param name="actor">The actor's name.</param>
    /// <param name="inner">A store whose calls complete at once, such as <see cref="MemoryBlobStore"/>.</param>
    public IBlobStore Attach(string actor, IBlobStore inner) => new SchedulingBlobStore(inner, this, actor);

    /// <summary>Starts an actor; it runs up to its first store call.</summary>
    /// <param name="actor">The actor's name.</param>
    /// <param name="body">What it does.</param>
    public void Start(string actor, Func<Task> body) => WithoutContext(() => actors.Add(actor, body()));

    /// <summary>Kills an actor: none of its calls happens any more, and no line of its code runs again.</summary>
    /// <param name="actor">The actor's name.</param>
    public void Kill(string actor)
    {
        dead.Add(actor);
        waiting.RemoveAll(entry => string.Equals(entry.Actor, actor, StringComparison.Ordinal));
    }

    /// <summary>Keeps an actor's calls waiting until <see cref="Resume"/>.</summary>
    /// <param name="actor">The actor's name.</param>
    public void Pause(string actor) => paused.Add(actor);

    /// <summary>Ends a pause.</summary>
    /// <param name="actor">The actor's name.</param>
    public void Resume(string actor) => paused.Remove(actor);

    /// <summary>The task of an actor; of one that was killed it may never end.</summary>
    /// <param name="actor">The actor's name.</param>
    public Task TaskOf(string actor) => actors[actor];

    /// <summary>Tells whether an actor was killed.</summary>
    /// <param name="actor">The actor's name.</param>
    public bool IsKilled(string actor) => dead.Contains(actor);

    /// <summary>Runs the history on.</summary>
    /// <param name="maximumSteps">Most steps that are run.</param>
    public ScheduleOutcome Run(int maximumSteps)
    {
        ScheduleOutcome outcome = ScheduleOutcome.StepsUsedUp;
        WithoutContext(() => outcome = RunSteps(maximumSteps));
        return outcome;
    }

    /// <summary>Waits for the grant of one call.</summary>
    /// <returns>True if the actor lives on; false if it is killed after the call.</returns>
    internal Task<bool> WaitAsync(string actor, StoreCall call)
    {
        // Continuations run inside SetResult, on the scheduler's thread: that is what makes a history repeatable.
        var grant = new TaskCompletionSource<bool>();
        if (!dead.Contains(actor))
        {
            waiting.Add((actor, call, grant));
        }

        return grant.Task;
    }

    private ScheduleOutcome RunSteps(int maximumSteps)
    {
        List<ScheduledStep> steps = [];
        for (int count = 0; count < maximumSteps; count++)
        {
            if (actors.All(actor => actor.Value.IsCompleted || dead.Contains(actor.Key)))
            {
                return ScheduleOutcome.Ended;
            }

            CollectSteps(steps);
            if (steps.Count == 0)
            {
                return ScheduleOutcome.Stuck;
            }

            ScheduledStep step = steps[steps.Count == 1 ? 0 : schedule.Choose(steps)];
            history.Add(step);
            Take(step);
        }

        return ScheduleOutcome.StepsUsedUp;
    }

    private void CollectSteps(List<ScheduledStep> steps)
    {
        steps.Clear();
        steps.AddRange(waiting.Where(entry => !paused.Contains(entry.Actor)).Select(entry => new ScheduledStep(entry.Actor, ScheduledStepKind.Proceed, entry.Call)));
        if (clock.HasTimer)
        {
            steps.Add(new ScheduledStep(string.Empty, ScheduledStepKind.Timer, default));
        }

        if (killsLeft > 0)
        {
            steps.AddRange(waiting.Select(entry => new ScheduledStep(entry.Actor, ScheduledStepKind.KillBefore, entry.Call)));
            steps.AddRange(waiting.Select(entry => new ScheduledStep(entry.Actor, ScheduledStepKind.KillAfter, entry.Call)));
        }
    }

    private void Take(ScheduledStep step)
    {
        if (step.Kind == ScheduledStepKind.Timer)
        {
            clock.FireNext();
            return;
        }

        int index = waiting.FindIndex(entry => string.Equals(entry.Actor, step.Actor, StringComparison.Ordinal) && entry.Call == step.Call);
        TaskCompletionSource<bool> grant = waiting[index].Grant;
        if (step.Kind == ScheduledStepKind.Proceed)
        {
            waiting.RemoveAt(index);
            grant.SetResult(true);
            return;
        }

        killsLeft--;
        Kill(step.Actor);
        if (step.Kind == ScheduledStepKind.KillAfter)
        {
            grant.SetResult(false);
        }
    }

    /// <summary>A test framework's context would carry actors off to other threads.</summary>
    private static void WithoutContext(Action body)
    {
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            body();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
