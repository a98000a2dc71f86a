namespace Portability.Disks.Formats;

/// <summary>What image to make.</summary>
public sealed record DiskCreateOptions
{
    /// <summary>Size of the disk in bytes, a multiple of <see cref="LogicalSectorSize"/>.</summary>
    public required long Length { get; init; }

    /// <summary>
    /// A fresh random id, used once: every id that changes with the content is derived from it. Two images made with the same
    /// value may be taken for one another.
    /// </summary>
    public required Guid UniqueId { get; init; }

    /// <summary>Id of the disk that its guest may see, or null for one derived from <see cref="UniqueId"/>.</summary>
    public Guid? DiskId { get; init; }

    /// <summary>Sector size that the disk shows its guest, in bytes: 512 or 4096.</summary>
    public int LogicalSectorSize { get; init; } = 512;

    /// <summary>Sector size of the medium that the disk reports, in bytes, or null for the format's default.</summary>
    public int? PhysicalSectorSize { get; init; }

    /// <summary>Variant, one of <see cref="IDiskFormat.CreatableSubFormats"/>, or null for the first of them. Compared without case.</summary>
    public string? SubFormat { get; init; }

    /// <summary>Unit of allocation in bytes, or null for the format's default.</summary>
    public long? BlockSize { get; init; }

    /// <summary>When the disk was made, for formats that store it.</summary>
    public DateTimeOffset Created { get; init; } = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// File name that the image will be renamed to, or null if it keeps its own: formats of several files store the names of the others.
    /// </summary>
    public string? FinalName { get; init; }

    /// <summary>Adapter that the disk will hang on, for formats that store it: VMDK `ide`, `buslogic`, `lsilogic` (default) or `legacyESX`.</summary>
    public string? AdapterType { get; init; }
}
