using Portability.Repository.Records;

namespace Portability.Repository.Workloads;

/// <summary>Body of a home record (FORMAT.md, section 15).</summary>
internal sealed record HomeBody
{
    public required Guid Workload { get; init; }

    public required long Counter { get; init; }

    public required Guid Instance { get; init; }

    public required long Number { get; init; }

    /// <summary>SHA-256 of the manifest with that number; empty for none.</summary>
    public RecordHash ParentHash { get; set; }
}
