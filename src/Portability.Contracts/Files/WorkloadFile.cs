namespace Portability;

/// <summary>A file in a disk of a workload or an image. Emitted by `Get-WorkloadFile`.</summary>
public sealed record WorkloadFile
{
    /// <summary>Its path in its machine, or in its volume where the machine's root is not known.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Length of its content in bytes; 0 for what has none.</summary>
    public long Length { get; init; }

    /// <summary>What it is.</summary>
    public WorkloadFileKind Kind { get; init; }

    /// <summary>Its mode, such as `-rw-r--r--`, or its attributes, such as `RHSA`.</summary>
    public string Attributes { get; init; } = string.Empty;

    /// <summary>Its owner: `user:group` by number; empty where its file system keeps none.</summary>
    public string Owner { get; init; } = string.Empty;

    /// <summary>When its content changed last. Local time of its machine where its file system keeps that only (FAT), as if it were UTC.</summary>
    public DateTime LastWriteTimeUtc { get; init; }

    /// <summary>Target of a link; empty for others.</summary>
    public string Target { get; init; } = string.Empty;

    /// <summary>Volume that it lies on.</summary>
    public WorkloadVolume Volume { get; init; } = new();

    /// <summary>Its path.</summary>
    public override string ToString() => Path;
}
