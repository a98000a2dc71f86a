namespace Portability;

/// <summary>Where a disk of a workload is captured from.</summary>
public sealed record WorkloadDiskSource
{
    /// <summary>Number among the disks of the workload, from 0; boot disks come first.</summary>
    public int Number { get; init; }

    /// <summary>What the disk is needed for.</summary>
    public DiskRole Role { get; init; }

    /// <summary>Full path of the image or block device on the machine that registered it.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Full path of the parent image when its place is not where the image says; empty otherwise.</summary>
    public string ParentPath { get; init; } = string.Empty;

    /// <summary>Format that the image is read as; empty where its bytes tell.</summary>
    public string Format { get; init; } = string.Empty;

    /// <summary>Number, role and path.</summary>
    /// <returns>One line.</returns>
    public override string ToString() => FormattableString.Invariant($"{Number} {Role} {Path}");
}
