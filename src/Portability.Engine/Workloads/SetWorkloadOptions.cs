using Portability.Engine.Snapshots;

namespace Portability.Engine.Workloads;

/// <summary>What is changed of a registered workload.</summary>
public sealed record SetWorkloadOptions
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its disks from now on, or null to leave them.</summary>
    public IReadOnlyList<DiskSourceOptions>? Disks { get; init; }

    /// <summary>What is changed of its machine.</summary>
    public MachineOptions Machine { get; init; } = new();
}
