namespace Portability;

/// <summary>A disk that was restored.</summary>
public sealed record RestoredDisk
{
    /// <summary>Full path of the image or block device.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Name of the workload.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Number of the disk in its workload.</summary>
    public int Number { get; init; }

    /// <summary>What the disk is needed for.</summary>
    public DiskRole Role { get; init; }

    /// <summary>Format that was written.</summary>
    public ImageFormat Format { get; init; }

    /// <summary>Size that the disk shows its guest, in bytes.</summary>
    public long Length { get; init; }

    /// <summary>Bytes of data written.</summary>
    public long BytesWritten { get; init; }

    /// <summary>Identifier of the snapshot.</summary>
    public Guid SnapshotId { get; init; }

    /// <summary>Number of the snapshot in its workload.</summary>
    public long Sequence { get; init; }

    /// <summary>Time taken.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The path.</summary>
    /// <returns><see cref="Path"/>.</returns>
    public override string ToString() => Path;
}
