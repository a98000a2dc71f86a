namespace Portability;

/// <summary>A volume on a disk of a workload or an image. Emitted by `Get-WorkloadVolume`.</summary>
public sealed record WorkloadVolume
{
    /// <summary>Number of its disk, from 0.</summary>
    public int Disk { get; init; }

    /// <summary>Number of its partition; 0 for a disk without partitions.</summary>
    public int Number { get; init; }

    /// <summary>Group and name of a logical volume, such as `vg0/root`; empty for others.</summary>
    public string LogicalName { get; init; } = string.Empty;

    /// <summary>Its file system, such as `ext4` or `FAT32`; what else it is where that is known, such as `LUKS`; empty where nothing is.</summary>
    public string FileSystem { get; init; } = string.Empty;

    /// <summary>Its label; empty when it has none.</summary>
    public string Label { get; init; } = string.Empty;

    /// <summary>Its identity, as its own system writes it; empty when it has none.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Offset in its disk, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; init; }

    /// <summary>Free bytes, as it counts them; -1 where it cannot be read.</summary>
    public long FreeBytes { get; init; }

    /// <summary>Where its machine mounts it; empty where that is not known.</summary>
    public string MountPoint { get; init; } = string.Empty;

    /// <summary>True if its files can be read here.</summary>
    public bool IsReadable { get; init; }

    /// <summary>Names of its features.</summary>
    public string[] Features { get; init; } = [];

    /// <summary>What is remarkable or wrong, a sentence each; empty when nothing is.</summary>
    public string[] Findings { get; init; } = [];

    /// <summary>Images of its machine that it was found in, in the order of its disks; empty for one in a repository.</summary>
    public string[] ImagePath { get; init; } = [];

    /// <summary>Snapshot that it was found in; without an id for one in images.</summary>
    public WorkloadSnapshot Snapshot { get; init; } = new();

    /// <summary>Disk, number, file system and mount point.</summary>
    /// <returns>Such as `0:1 ext4 /`.</returns>
    public override string ToString() => FormattableString.Invariant($"{Disk}:{Number} {FileSystem} {MountPoint}").TrimEnd();
}
