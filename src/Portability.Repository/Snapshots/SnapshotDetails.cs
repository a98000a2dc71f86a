namespace Portability.Repository.Snapshots;

/// <summary>Sealed part of a manifest: what only holders of a key read.</summary>
/// <remarks>FORMAT.md section 13.</remarks>
public sealed record SnapshotDetails
{
    /// <summary>The machine that the disks belong to.</summary>
    public required MachineDefinition Machine { get; init; }

    /// <summary>The disks, in the order of the manifest.</summary>
    public required SnapshotDiskDetails[] Disks { get; init; }
}
