using Portability.Repository.Backends;

namespace Portability.Repository.Tests.Repositories;

/// <summary>
/// Runs actors over one store so that a schedule decides whose call of the store comes next: every interleaving can be run, and each is the
/// same on each run. An actor can be killed at one of its calls.
/// </summary>
internal sealed class Turns
{
    private readonly Lock gate = new();
    private readonly TaskCompletionSource?[] waiting;
    private readonly bool[] finished;
    private TaskCompletionSource changed = New();

    public Turns(int actorCount)
    {
        waiting = new TaskCompletionSource?[actorCount];
        finished = new bool[actorCount];
    }

    /// <summary>The store as one actor sees it.</summary>
    public IBlobStore View(IBlobStore store, int actor, int killAt = int.MaxValue)
    {
        int calls = 0;
        return new HookedBlobStore(store, before: async _ =>
        {
            await WaitAsync(actor);
            if (calls++ >= killAt)
            {
                throw new KilledException();
            }
        });
    }

    /// <summary>Runs all actors to their end; each result is null or the error it ended with.</summary>
    public async Task<Exception?[]> RunAsync(IReadOnlyList<Func<Task>> actors, Func<int> next)
    {
        Task<Exception?>[] running = [.. actors.Select((actor, index) => RunActorAsync(index, actor))];
        while (true)
        {
            Task change;
            TaskCompletionSource? turn = null;
            lock (gate)
            {
                change = changed.Task;
                int[] ready = [.. Enumerable.Range(0, waiting.Length).Where(actor => waiting[actor] is not null)];
                if (finished.All(done => done))
                {
                    break;
                }

                if (ready.Length == finished.Count(done => !done))
                {
                    int actor = ready[next() % ready.Length];
                    turn = waiting[actor];
                    waiting[actor] = null;
                }
            }

            if (turn is not null)
            {
                turn.SetResult();
            }
            else
            {
                await change;
            }
        }

        return await Task.WhenAll(running);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<Exception?> RunActorAsync(int actor, Func<Task> run)
    {
        Exception? error = null;
        try
        {
            await Task.Yield();
            await run();
        }
        catch (Exception exception) when (exception is PortabilityException or KilledException)
        {
            error = exception;
        }

        Signal(() => finished[actor] = true);
        return error;
    }

    private Task WaitAsync(int actor)
    {
        TaskCompletionSource turn = New();
        Signal(() => waiting[actor] = turn);
        return turn.Task;
    }

    private void Signal(Action change)
    {
        TaskCompletionSource before;
        lock (gate)
        {
            change();
            before = changed;
            changed = New();
        }

        before.SetResult();
    }
}
