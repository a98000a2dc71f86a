namespace Portability.Engine.Files;

/// <summary>Disks of one machine: images, or those of a snapshot.</summary>
public sealed record GuestSource
{
    /// <summary>Images or devices in the order of the machine's disks; empty for a snapshot.</summary>
    public string[] ImagePaths { get; init; } = [];

    /// <summary>Parents of differencing images, or folders they lie in.</summary>
    public string[] ParentPaths { get; init; } = [];

    /// <summary>Format of the images; null to detect it.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>True to read images that something has open.</summary>
    public bool AllowInUse { get; init; }

    /// <summary>The snapshot; null for images.</summary>
    public WorkloadSnapshot? Snapshot { get; init; }
}
