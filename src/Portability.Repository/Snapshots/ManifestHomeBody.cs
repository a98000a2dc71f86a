namespace Portability.Repository.Snapshots;

/// <summary>Stored form of a workload's home (FORMAT.md, sections 13 and 15).</summary>
internal sealed record ManifestHomeBody
{
    public required long Counter { get; init; }

    public required Guid Instance { get; init; }
}
