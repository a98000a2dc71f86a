namespace Portability.Engine.Snapshots;

/// <summary>Which two snapshots are compared.</summary>
public sealed record CompareOptions
{
    /// <summary>The snapshot that is compared with.</summary>
    public required WorkloadSnapshot Reference { get; init; }

    /// <summary>The snapshot that is compared.</summary>
    public required WorkloadSnapshot Difference { get; init; }

    /// <summary>Numbers of the disks that are wanted; empty for all.</summary>
    public IReadOnlyCollection<int> DiskNumbers { get; init; } = [];
}
