namespace Portability.Disks.Formats;

/// <summary>How an image is opened.</summary>
public sealed record DiskOpenOptions
{
    /// <summary>Detect the format, follow parents, tolerate nothing, refuse what is in use.</summary>
    public static DiskOpenOptions Default { get; } = new();

    /// <summary>Format's name, or null to detect it.</summary>
    public string? Format { get; init; }

    /// <summary>True where the disk was raw before: bytes that look like an image are then its guest's, and no reason to read it as one.</summary>
    public bool IsKnownRaw { get; init; }

    /// <summary>Files that may be parents, or folders they lie in; tried before what the image says.</summary>
    public IReadOnlyList<string> ParentPaths { get; init; } = [];

    /// <summary>
    /// False to open a child without its parents: its metadata and own extents can be had, reading what the parent holds is an error.
    /// </summary>
    public bool OpenParents { get; init; } = true;

    /// <summary>What damage is read over.</summary>
    public DamageTolerance DamageTolerance { get; init; }

    /// <summary>True to read what another program may be changing; what is read then is not one state of the disk.</summary>
    public bool AllowInUse { get; init; }

    /// <summary>Logical sector size of a raw or QCOW2 image in bytes, 512 or 4096; null for the device's own or 512. Other formats store theirs.</summary>
    public int? RawSectorSize { get; init; }

    /// <summary>Where tolerated damage is reported as a warning.</summary>
    public IOperationObserver Observer { get; init; } = SilentObserver.Instance;
}
