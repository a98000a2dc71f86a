using System.Globalization;
using Portability.Repository.Leases;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>
/// For how long leases and temporary objects have been seen not to change, by collectors' own monotonic clocks, over runs and processes. One
/// caller at a time.
/// </summary>
/// <remarks>FORMAT.md, section 13.</remarks>
internal sealed class WaitedTimes
{
    private const long LongestMs = 10L * 365 * 24 * 3600 * 1000;

    private readonly TimeProvider time;
    private readonly Dictionary<RecordId, WaitedBody> leases = [];
    private readonly Dictionary<string, WaitedBody> temporaries = new(StringComparer.Ordinal);
    private readonly HashSet<RecordId> seenLeases = [];
    private readonly HashSet<string> seenTemporaries = new(StringComparer.Ordinal);
    private long lastLook;

    public WaitedTimes(TimeProvider time)
    {
        this.time = time;
        lastLook = time.GetTimestamp();
    }

    /// <summary>Leases: the beat each stands at and for how long.</summary>
    public IReadOnlyDictionary<RecordId, WaitedBody> Leases => leases;

    /// <summary>Temporary objects: the length each stands at and for how long.</summary>
    public IReadOnlyDictionary<string, WaitedBody> Temporaries => temporaries;

    /// <summary>Takes over what an earlier record says.</summary>
    public void Carry(CondemnedBody body)
    {
        foreach ((string text, WaitedBody waited) in body.Leases)
        {
            if (RecordId.TryParse(text, out RecordId id) && waited is { WaitedMs: >= 0 })
            {
                leases[id] = Longer(leases.GetValueOrDefault(id), Bounded(waited));
            }
        }

        foreach ((string name, WaitedBody waited) in body.Temporaries)
        {
            if (waited is { WaitedMs: >= 0 })
            {
                temporaries[name] = Longer(temporaries.GetValueOrDefault(name), Bounded(waited));
            }
        }
    }

    /// <summary>Notes what stands now. The time since the look before counts for what stood then as well.</summary>
    /// <param name="living">Leases that have not ended.</param>
    /// <param name="present">Temporary objects by name, with their lengths.</param>
    public void Look(IReadOnlyList<LeaseState> living, IReadOnlyDictionary<string, long> present)
    {
        long now = time.GetTimestamp();
        long elapsed = (long)time.GetElapsedTime(lastLook, now).TotalMilliseconds;
        lastLook = now;
        Update(leases, living.ToDictionary(lease => lease.Lease, lease => lease.Beat), seenLeases, elapsed);
        Update(temporaries, present, seenTemporaries, elapsed);
    }

    /// <summary>For how long a lease has stood still.</summary>
    public TimeSpan Of(LeaseState lease) => leases.TryGetValue(lease.Lease, out WaitedBody? waited) && waited.At == lease.Beat ? ToTime(waited) : TimeSpan.Zero;

    /// <summary>For how long a temporary object has stood still.</summary>
    public TimeSpan Of(string temporary, long length) =>
        temporaries.TryGetValue(temporary, out WaitedBody? waited) && waited.At == length ? ToTime(waited) : TimeSpan.Zero;

    /// <summary>In words: `12 minutes`.</summary>
    public static string ToText(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMinutes:0.#} minutes");

    private static TimeSpan ToTime(WaitedBody waited) => TimeSpan.FromMilliseconds(waited.WaitedMs);

    private static WaitedBody Bounded(WaitedBody waited) => waited with { WaitedMs = Math.Min(waited.WaitedMs, LongestMs) };

    private static WaitedBody Longer(WaitedBody? known, WaitedBody other) =>
        known is null || other.At > known.At || (other.At == known.At && other.WaitedMs > known.WaitedMs) ? other : known;

    private static void Update<TKey>(Dictionary<TKey, WaitedBody> all, IReadOnlyDictionary<TKey, long> present, HashSet<TKey> seen, long elapsed)
        where TKey : notnull
    {
        foreach (TKey gone in all.Keys.Where(key => !present.ContainsKey(key)).ToArray())
        {
            all.Remove(gone);
            seen.Remove(gone);
        }

        foreach ((TKey key, long at) in present)
        {
            bool same = all.TryGetValue(key, out WaitedBody? before) && before.At == at;
            all[key] = new WaitedBody { At = at, WaitedMs = same ? before!.WaitedMs + (seen.Contains(key) ? elapsed : 0) : 0 };
            seen.Add(key);
        }
    }
}
