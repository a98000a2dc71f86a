namespace Portability.Engine.Snapshots;

/// <summary>A disk that shall be captured or registered.</summary>
public sealed record DiskSourceOptions
{
    /// <summary>Path of the image or block device.</summary>
    public required string Path { get; init; }

    /// <summary>What the workload needs it for, or null to decide by its partitions.</summary>
    public DiskRole? Role { get; init; }

    /// <summary>Path of the parent image, or of the folder it lies in, when its place is not where the image says; else empty.</summary>
    public string ParentPath { get; init; } = string.Empty;

    /// <summary>Format's name, or empty to detect it.</summary>
    public string Format { get; init; } = string.Empty;

    /// <summary>True where the disk is known as raw from before, whatever its bytes look like by now; a format that is named goes before it.</summary>
    public bool IsKnownRaw { get; init; }
}
