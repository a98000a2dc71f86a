using Portability.Repository.Maps;
using Portability.Repository.Objects;

namespace Portability.Repository.Snapshots;

/// <summary>A disk that is to be captured.</summary>
public sealed record CaptureDisk
{
    /// <summary>Number among the disks of the workload, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>Its set.</summary>
    public required BlockSet Set { get; init; }

    /// <summary>Length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Length in bytes of a logical sector.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Length in bytes of a physical sector.</summary>
    public int PhysicalSectorSize { get; init; } = 512;

    /// <summary>Identity of the disk, as its format gives it; empty where it has none.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Map of the disk in the snapshot before, or null. What is not said of a block means that it is as it was there.</summary>
    public BlockMap? Before { get; init; }
}
