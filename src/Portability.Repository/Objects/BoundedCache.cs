namespace Portability.Repository.Objects;

/// <summary>Keeps what was loaded last, up to a weight; what many ask for at once is loaded once. Thread-safe.</summary>
/// <typeparam name="TKey">What is asked for.</typeparam>
/// <typeparam name="TValue">What is kept; never changed by anyone, so that it may be evicted while in use.</typeparam>
internal sealed class BoundedCache<TKey, TValue>
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, LinkedListNode<Entry>> entries = [];
    private readonly LinkedList<Entry> byUse = [];
    private readonly long capacity;
    private readonly Func<TValue, long> weigh;
    private long weight;

    /// <summary>Initialises an empty cache.</summary>
    /// <param name="capacity">Most weight that is kept.</param>
    /// <param name="weigh">Weight of a value, in the same unit.</param>
    public BoundedCache(long capacity, Func<TValue, long> weigh)
    {
        this.capacity = capacity;
        this.weigh = weigh;
    }

    /// <summary>Weight of what is kept now.</summary>
    public long Weight
    {
        get
        {
            lock (gate)
            {
                return weight;
            }
        }
    }

    /// <summary>Gives a value that is there or loads it.</summary>
    /// <param name="key">What is asked for.</param>
    /// <param name="load">Loads it; its errors reach all who wait, and the next one loads again.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask<TValue> GetAsync(TKey key, Func<TKey, CancellationToken, Task<TValue>> load, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                byUse.Remove(node);
                byUse.AddFirst(node);
                if (node.Value.Loading is null)
                {
                    return new ValueTask<TValue>(node.Value.Value!);
                }
            }
        }

        return new ValueTask<TValue>(LoadAsync(key, load, cancellationToken));
    }

    /// <summary>Forgets all; nothing may be loading.</summary>
    /// <param name="release">Called for each value.</param>
    public void Clear(Action<TValue> release)
    {
        lock (gate)
        {
            foreach (Entry entry in byUse)
            {
                release(entry.Value!);
            }

            entries.Clear();
            byUse.Clear();
            weight = 0;
        }
    }

    private async Task<TValue> LoadAsync(TKey key, Func<TKey, CancellationToken, Task<TValue>> load, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task<TValue> loading;
            var own = new TaskCompletionSource<TValue>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (gate)
            {
                if (!entries.TryGetValue(key, out LinkedListNode<Entry>? node))
                {
                    node = byUse.AddFirst(new Entry(key) { Loading = own.Task });
                    entries.Add(key, node);
                }

                if (node.Value.Loading is null)
                {
                    return node.Value.Value!;
                }

                loading = node.Value.Loading;
            }

            if (loading == own.Task)
            {
                return await FillAsync(key, load, own, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                return await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The one who loaded it gave up; this one goes on.
            }
        }
    }

    private async Task<TValue> FillAsync(
        TKey key, Func<TKey, CancellationToken, Task<TValue>> load, TaskCompletionSource<TValue> own, CancellationToken cancellationToken)
    {
        try
        {
            TValue value = await load(key, cancellationToken).ConfigureAwait(false);
            Keep(key, value);
            own.SetResult(value);
            return value;
        }
        catch (Exception exception)
        {
            lock (gate)
            {
                if (entries.Remove(key, out LinkedListNode<Entry>? node))
                {
                    byUse.Remove(node);
                }
            }

            if (exception is OperationCanceledException canceled)
            {
                own.SetCanceled(canceled.CancellationToken);
            }
            else
            {
                own.SetException(exception);
                _ = own.Task.Exception; // seen by whoever waits; nobody may
            }

            throw;
        }
    }

    private void Keep(TKey key, TValue value)
    {
        lock (gate)
        {
            LinkedListNode<Entry> node = entries[key];
            node.Value.Value = value;
            node.Value.Loading = null;
            node.Value.Weight = weigh(value);
            weight += node.Value.Weight;
            for (LinkedListNode<Entry>? last = byUse.Last; weight > capacity && last is not null;)
            {
                LinkedListNode<Entry>? next = last.Previous;
                if (last.Value.Loading is null)
                {
                    weight -= last.Value.Weight;
                    entries.Remove(last.Value.Key);
                    byUse.Remove(last);
                }

                last = next;
            }
        }
    }

    private sealed class Entry(TKey key)
    {
        public TKey Key { get; } = key;

        public TValue? Value { get; set; }

        public long Weight { get; set; }

        public Task<TValue>? Loading { get; set; }
    }
}
