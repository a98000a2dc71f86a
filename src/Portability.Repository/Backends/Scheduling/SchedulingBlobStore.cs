namespace Portability.Repository.Backends;

/// <summary>One actor's view of a store: each call waits for the scheduler's grant.</summary>
public sealed class SchedulingBlobStore : InterceptingBlobStore
{
    private readonly string actor;
    private readonly StoreScheduler scheduler;

    /// <summary>Initialises the view.</summary>
    internal SchedulingBlobStore(IBlobStore inner, StoreScheduler scheduler, string actor)
        : base(inner)
    {
        this.scheduler = scheduler;
        this.actor = actor;
    }

    /// <inheritdoc/>
    protected internal override async Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken)
    {
        bool survives = await scheduler.WaitAsync(actor, call).ConfigureAwait(false);
        T answer;
        try
        {
            answer = await proceed().ConfigureAwait(false);
        }
        catch when (!survives)
        {
            answer = default!;
        }

        return survives ? answer : await new TaskCompletionSource<T>().Task.ConfigureAwait(false);
    }
}
