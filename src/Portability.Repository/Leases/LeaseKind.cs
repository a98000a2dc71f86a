namespace Portability.Repository.Leases;

/// <summary>What a lease is held for.</summary>
public enum LeaseKind
{
    /// <summary>Capturing a workload.</summary>
    Capture,

    /// <summary>Writing into a mirror.</summary>
    Sync,

    /// <summary>Removing snapshots.</summary>
    Remove,

    /// <summary>Rewriting packs or runs.</summary>
    Compact,

    /// <summary>Reading: its snapshots count as live.</summary>
    Pin,
}
