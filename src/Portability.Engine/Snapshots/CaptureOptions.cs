using Portability.Engine.Workloads;

namespace Portability.Engine.Snapshots;

/// <summary>What is captured, and how.</summary>
public sealed record CaptureOptions
{
    /// <summary>Name of the workload.</summary>
    public required string Name { get; init; }

    /// <summary>Its disks; empty to take those that are registered.</summary>
    public IReadOnlyList<DiskSourceOptions> Disks { get; init; } = [];

    /// <summary>Format's name that registered disks are read as, or empty for what the registration says.</summary>
    public string Format { get; init; } = string.Empty;

    /// <summary>Full path where parents of registered disks are, or empty for what the registration says.</summary>
    public string ParentPath { get; init; } = string.Empty;

    /// <summary>Words that the user gives the snapshot.</summary>
    public string[] Tag { get; init; } = [];

    /// <summary>True to read everything, whatever the sources prove.</summary>
    public bool Full { get; init; }

    /// <summary>What the user says of the machine; the rest is as registered, as captured before, or from the disks.</summary>
    public MachineOptions Machine { get; init; } = new();
}
