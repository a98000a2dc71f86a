using Portability.Engine.Snapshots;

namespace Portability.Engine.Workloads;

/// <summary>What is kept of a workload, so that its name alone is enough to capture it.</summary>
public sealed record RegisterWorkloadOptions
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its disks, at least one.</summary>
    public required IReadOnlyList<DiskSourceOptions> Disks { get; init; }

    /// <summary>Its machine.</summary>
    public MachineOptions Machine { get; init; } = new();
}
