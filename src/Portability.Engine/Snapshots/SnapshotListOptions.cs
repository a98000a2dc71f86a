namespace Portability.Engine.Snapshots;

/// <summary>Which snapshots are listed.</summary>
public sealed record SnapshotListOptions
{
    /// <summary>Tells which workload names are wanted, or null for all.</summary>
    public Func<string, bool>? NameFilter { get; init; }

    /// <summary>Identifiers that are wanted; empty for all.</summary>
    public IReadOnlyCollection<Guid> Ids { get; init; } = [];

    /// <summary>True for the newest of each workload alone.</summary>
    public bool Latest { get; init; }

    /// <summary>Only those captured before this time, UTC.</summary>
    public DateTime? Before { get; init; }

    /// <summary>Only those captured at or after this time, UTC.</summary>
    public DateTime? After { get; init; }

    /// <summary>Tells which tags are wanted, or null for all: a snapshot is listed if one of its tags is.</summary>
    public Func<string, bool>? TagFilter { get; init; }
}
