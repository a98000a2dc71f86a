namespace Portability.Engine.Disks;

/// <summary>How a disk is opened to be described.</summary>
public sealed record DiskInspectionOptions
{
    /// <summary>Detect the format, look for parents where the image says, refuse what is in use.</summary>
    public static DiskInspectionOptions Default { get; } = new();

    /// <summary>Format, or null to detect it.</summary>
    public ImageFormat? Format { get; init; }

    /// <summary>Parent images, or folders they lie in; tried before what the image says.</summary>
    public IReadOnlyList<string> ParentPaths { get; init; } = [];

    /// <summary>True to read what another program may be changing.</summary>
    public bool AllowInUse { get; init; }
}
