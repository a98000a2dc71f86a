using System.Text.Json.Serialization;
using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>Stored body of a manifest (FORMAT.md, section 13).</summary>
internal sealed record ManifestBody
{
    public required Guid Workload { get; init; }

    public required string Name { get; init; }

    public required long Number { get; init; }

    public required Guid Snapshot { get; init; }

    [JsonConverter(typeof(UtcTimeConverter))]
    public required DateTime Created { get; init; }

    public required long ParentNumber { get; init; }

    public required Guid? ParentSnapshot { get; init; }

    public required RecordHash ParentHash { get; init; }

    public required long Trust { get; init; }

    public required ManifestHomeBody Home { get; init; }

    public required RecordId Lease { get; init; }

    public required string[] Tags { get; init; }

    public required long LogicalBytes { get; init; }

    public required long ChangedBytes { get; init; }

    public required long StoredBytes { get; init; }

    public required long DurationMs { get; init; }

    public required ManifestDiskBody[] Disks { get; init; }

    public required ManifestReferencesBody? References { get; init; }
}
