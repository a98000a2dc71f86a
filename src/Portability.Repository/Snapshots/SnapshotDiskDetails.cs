namespace Portability.Repository.Snapshots;

/// <summary>What a manifest tells only holders of a key of one disk.</summary>
/// <remarks>FORMAT.md section 13.</remarks>
public sealed record SnapshotDiskDetails
{
    /// <summary>Number among the disks of the workload, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Name of the disk.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Where it was captured from.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Format of what it was captured from.</summary>
    public string Format { get; init; } = string.Empty;

    /// <summary>Kind of partition table.</summary>
    public PartitionStyle PartitionStyle { get; init; }

    /// <summary>Partitions when the capture began, in the order of their numbers.</summary>
    public WorkloadPartition[] Partitions { get; init; } = [];

    /// <summary>The source's proof of what has changed since, or null where it gives none.</summary>
    public string? ChangeToken { get; init; }
}
