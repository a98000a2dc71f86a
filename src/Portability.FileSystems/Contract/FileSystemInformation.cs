namespace Portability.FileSystems;

/// <summary>What a volume says of itself. Immutable.</summary>
public sealed record FileSystemInformation
{
    /// <summary>Its file system, such as `ext4`, `FAT32`, `NTFS`.</summary>
    public required string Type { get; init; }

    /// <summary>Its label; empty when it has none.</summary>
    public required string Label { get; init; }

    /// <summary>Its identity as its own tools write it: a UUID, or a serial number such as `1A2B-3C4D`; empty when it has none.</summary>
    public required string Id { get; init; }

    /// <summary>Length in bytes that it takes of its device; never more than the device has.</summary>
    public required long Length { get; init; }

    /// <summary>Bytes of its allocation unit (block or cluster).</summary>
    public required int UnitSize { get; init; }

    /// <summary>Allocation units.</summary>
    public required long UnitCount { get; init; }

    /// <summary>Free units, as it counts them; -1 where it does not.</summary>
    public required long FreeUnits { get; init; }

    /// <summary>Free nodes (inodes, file records); -1 where they are not limited or not counted.</summary>
    public required long FreeNodes { get; init; }

    /// <summary>The state it was found in.</summary>
    public required VolumeState State { get; init; }

    /// <summary>Features by the names that its own tools use.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>What is remarkable, a sentence each.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];
}
