namespace Portability.Engine.Snapshots;

/// <summary>What a capture would do; nothing was changed to find out.</summary>
public sealed record SnapshotPlan
{
    /// <summary>Name of the workload.</summary>
    public required string Name { get; init; }

    /// <summary>Its disks, in the order of their numbers.</summary>
    public required IReadOnlyList<SnapshotPlanDisk> Disks { get; init; }

    /// <summary>Sizes of the disks as the guest sees them, bytes in all.</summary>
    public long LogicalBytes => Disks.Sum(disk => disk.Length);

    /// <summary>Most bytes that are read; at most as many are stored.</summary>
    public long BytesToRead => Disks.Sum(disk => disk.BytesToRead);

    /// <summary>A line for each disk.</summary>
    /// <returns>Such as `disk 0 (Boot) web01.vhdx: read 12 MiB of 64 GiB, the parent is in the state that was captured`.</returns>
    public IEnumerable<string> Lines() => Disks.Select(disk => disk.ToString());
}
