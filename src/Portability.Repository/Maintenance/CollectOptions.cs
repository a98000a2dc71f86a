using Portability.Repository.Leases;

namespace Portability.Repository.Maintenance;

/// <summary>How a collection runs.</summary>
public sealed record CollectOptions
{
    /// <summary>How long a lease must stand still, by collectors' own monotonic clocks, before it is shut out. Zero shuts out whoever has not noted yet.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a piece of an upload must stand still while nobody holds a lease; else it is <see cref="Patience"/>.</summary>
    public TimeSpan TemporaryPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long this run waits for leases in all. What it has waited counts for the next one.</summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Time between two looks at the leases.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Most copies that one list names.</summary>
    public int MaximumListLength { get; init; } = 100_000;

    /// <summary>Which packs are rewritten beside; null to rewrite none, which needs no key.</summary>
    public CompactOptions? Compact { get; init; }

    /// <summary>Who compacts, for people: machine and process.</summary>
    public string Holder { get; init; } = string.Empty;

    /// <summary>Tells that the holder of a lease is known to be dead, for example a process of this machine; null if nothing is known. To be wrong costs the holder its work, never data.</summary>
    public Func<LeaseState, bool>? IsDead { get; init; }
}
