namespace Portability.Repository.Snapshots;

/// <summary>Stored form of what only holders of a key know of a disk (FORMAT.md, section 13).</summary>
internal sealed record ManifestSealedDiskBody
{
    public required int Number { get; init; }

    public required string Name { get; init; }

    public required string Path { get; init; }

    public required string Format { get; init; }

    public required string? ChangeToken { get; init; }

    public PartitionStyle PartitionStyle { get; set; }

    public WorkloadPartition[]? Partitions { get; set; }
}
