namespace Portability;

/// <summary>A range of a disk that differs between two snapshots.</summary>
public sealed record SnapshotDifference
{
    /// <summary>Number of the disk in its workload.</summary>
    public int Disk { get; init; }

    /// <summary>Offset on the disk, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Length, in bytes.</summary>
    public long Length { get; init; }

    /// <summary>What became of the range.</summary>
    public DifferenceKind Kind { get; init; }

    /// <summary>Name of the workload.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Identifier of the snapshot that is compared with.</summary>
    public Guid ReferenceId { get; init; }

    /// <summary>Identifier of the snapshot that is compared.</summary>
    public Guid DifferenceId { get; init; }
}
