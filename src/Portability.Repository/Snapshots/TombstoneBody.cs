using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>Stored form of a tombstone (FORMAT.md, section 13).</summary>
internal sealed record TombstoneBody
{
    public required Guid Workload { get; init; }

    public required long Number { get; init; }

    /// <summary>SHA-256 of the manifest; empty for a void in a merged one.</summary>
    public RecordHash Hash { get; set; }

    public RecordHash ParentHash { get; set; }

    public long ParentNumber { get; set; }

    public string? Reason { get; set; }

    /// <summary>The instance where it counts.</summary>
    public required Guid Instance { get; init; }
}
