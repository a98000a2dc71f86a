namespace Portability.Repository.Backends;

/// <summary>Makes calls fail, lose their answers or take long, as a script says. Thread-safe.</summary>
public sealed class FaultInjectingBlobStore : InterceptingBlobStore
{
    private readonly TimeProvider clock;
    private readonly List<(StoreFault Fault, int[] Seen)> faults = [];

    /// <summary>Initialises the decorator.</summary>
    /// <param name="inner">The store that does the work.</param>
    /// <param name="clock">Measures delays.</param>
    public FaultInjectingBlobStore(IBlobStore inner, TimeProvider clock)
        : base(inner) => this.clock = clock;

    /// <summary>Calls that were hit.</summary>
    public int Injected { get; private set; }

    /// <summary>Adds a fault to the script; the first that fits hits.</summary>
    /// <param name="fault">What happens when.</param>
    public void Add(StoreFault fault)
    {
        lock (faults)
        {
            faults.Add((fault, [0]));
        }
    }

    /// <inheritdoc/>
    protected internal override async Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken)
    {
        StoreFault? fault = Find(call);
        if (fault is null)
        {
            return await proceed().ConfigureAwait(false);
        }

        if (fault.Delay > TimeSpan.Zero)
        {
            await Task.Delay(fault.Delay, clock, cancellationToken).ConfigureAwait(false);
        }

        if (fault.Error is null)
        {
            return await proceed().ConfigureAwait(false);
        }

        if (fault.LoseAnswer)
        {
            await proceed().ConfigureAwait(false);
        }

        throw fault.Error(call);
    }

    private StoreFault? Find(StoreCall call)
    {
        lock (faults)
        {
            foreach ((StoreFault fault, int[] seen) in faults)
            {
                if ((fault.Operation is null || fault.Operation == call.Operation) && call.Target.StartsWith(fault.Prefix, StringComparison.Ordinal))
                {
                    int number = seen[0]++;
                    if (number >= fault.Skip && number - fault.Skip < fault.Count)
                    {
                        Injected++;
                        return fault;
                    }
                }
            }
        }

        return null;
    }
}
