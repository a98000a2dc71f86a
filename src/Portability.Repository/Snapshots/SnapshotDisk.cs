using Portability.Repository.Maps;
using Portability.Repository.Objects;

namespace Portability.Repository.Snapshots;

/// <summary>What a manifest tells everyone of one disk.</summary>
/// <remarks>FORMAT.md section 13.</remarks>
public sealed record SnapshotDisk
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

    /// <summary>Levels of its map.</summary>
    public required int Levels { get; init; }

    /// <summary>Root of its map, or null where nothing is stored.</summary>
    public required MapNodeReference? Root { get; init; }

    /// <summary>Blocks that a disk of a length has.</summary>
    /// <param name="length">Length in bytes.</param>
    /// <param name="blockSize">Length in bytes of a block.</param>
    public static long BlockCount(long length, int blockSize) => (length / blockSize) + (length % blockSize == 0 ? 0 : 1);
}
