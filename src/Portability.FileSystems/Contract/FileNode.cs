namespace Portability.FileSystems;

/// <summary>All that a file system keeps of a node but its content. Immutable.</summary>
public sealed record FileNode
{
    /// <summary>Its identity.</summary>
    public required FileId Id { get; init; }

    /// <summary>What it is; never <see cref="NodeKind.Unknown"/>.</summary>
    public required NodeKind Kind { get; init; }

    /// <summary>Length of its content, in bytes: of a link that of its target, of others than files and links what is stored.</summary>
    public required long Length { get; init; }

    /// <summary>Bytes of the volume that it takes, its metadata included where the file system counts it so.</summary>
    public required long AllocatedLength { get; init; }

    /// <summary>Names that it has.</summary>
    public required long LinkCount { get; init; }

    /// <summary>Its times.</summary>
    public required FileTimes Times { get; init; }

    /// <summary>What its flags mean.</summary>
    public NodeAttributes Attributes { get; init; }

    /// <summary>Its flags as stored.</summary>
    public uint NativeFlags { get; init; }

    /// <summary>Mode and owner, where the file system keeps them.</summary>
    public PosixOwnership? Ownership { get; init; }

    /// <summary>Number of a device node.</summary>
    public DeviceNumber? Device { get; init; }

    /// <summary>Project that it is counted for, where the file system keeps one.</summary>
    public uint? Project { get; init; }

    /// <summary>Names its security descriptor (NTFS).</summary>
    public uint? SecurityId { get; init; }

    /// <summary>Tag of its reparse point (NTFS).</summary>
    public uint? ReparseTag { get; init; }

    /// <summary>Its object id (NTFS).</summary>
    public Guid? ObjectId { get; init; }
}
