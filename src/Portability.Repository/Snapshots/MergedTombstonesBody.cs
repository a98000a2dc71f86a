namespace Portability.Repository.Snapshots;

/// <summary>Stored form of merged tombstones: covers the numbers that it lists (FORMAT.md, section 13).</summary>
internal sealed record MergedTombstonesBody
{
    public required Guid Workload { get; init; }

    public required long From { get; init; }

    public required long To { get; init; }

    public required TombstoneBody[] Tombstones { get; init; }

    public required Guid Instance { get; init; }
}
