namespace Portability;

/// <summary>A disk or disk image and what it holds. Emitted by `Get-WorkloadDisk` and carried by snapshots and images.</summary>
public sealed record WorkloadDisk
{
    /// <summary>File or device it was read from; empty for a disk that lies in a repository.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Number within its workload, from 0.</summary>
    public int Number { get; init; }

    /// <summary>What the workload needs it for.</summary>
    public DiskRole Role { get; init; }

    /// <summary>Format, such as `Raw`, `Vhdx`, `Qcow2`.</summary>
    public string Format { get; init; } = string.Empty;

    /// <summary>Variant within the format, such as `Dynamic` or `streamOptimized`; empty where there is one only.</summary>
    public string SubFormat { get; init; } = string.Empty;

    /// <summary>Size that the guest sees, in bytes.</summary>
    public long Length { get; init; }

    /// <summary>Size of the file, in bytes; 0 where it is not a file.</summary>
    public long FileLength { get; init; }

    /// <summary>Bytes of the disk that are stored rather than holes.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Bytes of the disk that are known to be zero without reading them.</summary>
    public long HoleBytes { get; init; }

    /// <summary>Sector size shown to the guest, in bytes.</summary>
    public int LogicalSectorSize { get; init; }

    /// <summary>Sector size of the medium below, in bytes.</summary>
    public int PhysicalSectorSize { get; init; }

    /// <summary>Kind of partition table.</summary>
    public PartitionStyle PartitionStyle { get; init; }

    /// <summary>Identity in its partition table: `0x1234ABCD` or a GUID; empty when there is none.</summary>
    public string DiskId { get; init; } = string.Empty;

    /// <summary>Identity in its image format, such as a VHDX virtual disk id; empty when there is none.</summary>
    public string ImageId { get; init; } = string.Empty;

    /// <summary>Partitions in the order of their numbers.</summary>
    public WorkloadPartition[] Partitions { get; init; } = [];

    /// <summary>The image below this one; empty when it has none.</summary>
    public string ParentPath { get; init; } = string.Empty;

    /// <summary>All images below this one, nearest first.</summary>
    public string[] ParentChain { get; init; } = [];

    /// <summary>What is wrong or remarkable, a sentence each; empty when nothing is.</summary>
    public string[] Findings { get; init; } = [];

    /// <summary>Number, role, format and size.</summary>
    /// <returns>Such as `0 Boot Vhdx 64 GiB`.</returns>
    public override string ToString() => FormattableString.Invariant($"{Number} {Role} {Format} {ByteSize.Text(Length)}");
}
