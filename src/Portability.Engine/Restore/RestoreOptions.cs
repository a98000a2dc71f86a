namespace Portability.Engine.Restore;

/// <summary>What is restored, where to and in which form.</summary>
public sealed record RestoreOptions
{
    /// <summary>The snapshot: its workload, number and identifier count.</summary>
    public required WorkloadSnapshot Snapshot { get; init; }

    /// <summary>Full path of the folder that the images go to, made when it is not there; or of an existing block device for one disk.</summary>
    public required string DestinationPath { get; init; }

    /// <summary>Format of the images; a block device takes the bytes as they are.</summary>
    public ImageFormat Format { get; init; } = ImageFormat.Vhdx;

    /// <summary>Variant of the format, such as `Fixed`, or null for the format's default; a block device has none.</summary>
    public string? SubFormat { get; init; }

    /// <summary>The boot set or the data set alone, or null for the whole workload.</summary>
    public DiskRole? Role { get; init; }

    /// <summary>Numbers of the disks that are wanted; empty for all.</summary>
    public IReadOnlyCollection<int> DiskNumbers { get; init; } = [];

    /// <summary>True to replace images of the same name once the new ones are whole, and to overwrite a block device.</summary>
    public bool Force { get; init; }
}
