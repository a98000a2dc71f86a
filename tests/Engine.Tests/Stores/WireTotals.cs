using Portability.Repository.Backends;

namespace Portability.Engine.Tests.Stores;

/// <summary>Bytes and calls of <see cref="WireStore"/>s, and when their connection is cut. Thread-safe.</summary>
internal sealed class WireTotals
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (long Calls, long Bytes)> byPlace = new(StringComparer.Ordinal);
    private long calls;

    /// <summary>All bytes.</summary>
    public long Bytes
    {
        get
        {
            lock (gate)
            {
                return byPlace.Values.Sum(item => item.Bytes);
            }
        }
    }

    /// <summary>All calls.</summary>
    public long Calls => Interlocked.Read(ref calls);

    /// <summary>The call that fails, and all after it; counted from 0.</summary>
    public long CutAt { get; set; } = long.MaxValue;

    /// <summary>The bytes from which on every call fails.</summary>
    public long CutAtBytes { get; set; } = long.MaxValue;

    /// <summary>False while nothing is counted, and nothing fails.</summary>
    public bool IsCounting { get; set; } = true;

    /// <summary>True once a call failed.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Calls of one operation.</summary>
    public long Count(StoreOperation operation, string folder)
    {
        lock (gate)
        {
            return byPlace.GetValueOrDefault($"{operation} {folder}").Calls;
        }
    }

    /// <summary>Counts a call, or fails it.</summary>
    public void Call(StoreOperation operation, string target, long bytes)
    {
        if (IsCounting && (Interlocked.Increment(ref calls) > CutAt || Bytes + bytes > CutAtBytes))
        {
            IsCut = true;
            throw new StorageException("StoreUnreachable", ErrorKind.Unreachable, $"Failed to {operation} '{target}': the connection was cut.", "Run Sync-WorkloadDelta again.", target);
        }

        Add($"{operation} {target.Split('/')[0]}", target.Length + bytes, isCall: true);
    }

    /// <summary>Counts an answer.</summary>
    public void Add(string target, long bytes, bool isCall = false)
    {
        if (!IsCounting)
        {
            return;
        }

        string place = isCall ? target : "answer " + target.Split('/')[0];
        lock (gate)
        {
            (long Calls, long Bytes) known = byPlace.GetValueOrDefault(place);
            byPlace[place] = (known.Calls + (isCall ? 1 : 0), known.Bytes + bytes);
        }
    }

    public override string ToString()
    {
        lock (gate)
        {
            return string.Join("; ", byPlace.Select(item => FormattableString.Invariant($"{item.Key}: {item.Value.Calls} calls, {item.Value.Bytes} bytes")));
        }
    }
}
