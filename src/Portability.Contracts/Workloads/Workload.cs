namespace Portability;

/// <summary>What is protected: a machine, its disks and its configuration.</summary>
public sealed record Workload
{
    /// <summary>Identifier; the name of its folder in the repository.</summary>
    public Guid Id { get; init; }

    /// <summary>Name, in Unicode normal form C; compared without case.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Identifier of the repository that keeps it.</summary>
    public Guid RepositoryId { get; init; }

    /// <summary>Place of that repository.</summary>
    public string RepositoryPath { get; init; } = string.Empty;

    /// <summary>Disks and where they are captured from.</summary>
    public WorkloadDiskSource[] Disks { get; init; } = [];

    /// <summary>The machine that the disks belong to.</summary>
    public MachineDefinition Machine { get; init; } = new();

    /// <summary>When it was registered, UTC.</summary>
    public DateTime RegisteredUtc { get; init; }

    /// <summary>Snapshots that the repository holds.</summary>
    public long SnapshotCount { get; init; }

    /// <summary>Identifier of the newest snapshot; empty when there is none.</summary>
    public Guid LatestSnapshotId { get; init; }

    /// <summary>When the newest snapshot was taken, UTC; the least value when there is none.</summary>
    public DateTime LatestSnapshotUtc { get; init; }

    /// <summary>The open connection it came from; see <see cref="WorkloadRepository"/>.</summary>
    internal object? Connection { get; init; }

    /// <summary>The name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
