using Portability.Repository.Objects;
using Portability.Repository.References;

namespace Portability.Repository.Snapshots;

/// <summary>What a capture has made durable: all that the manifest needs.</summary>
public sealed record SnapshotContent
{
    /// <summary>The disks, by number.</summary>
    public required SnapshotDisk[] Disks { get; init; }

    /// <summary>Root of the reference tree, or null where nothing is stored.</summary>
    public required ReferenceRoot? References { get; init; }

    /// <summary>Length in bytes of all disks.</summary>
    public required long LogicalBytes { get; init; }

    /// <summary>Bytes of the blocks that differ from the snapshot before.</summary>
    public required long ChangedBytes { get; init; }

    /// <summary>Bytes of all objects that were put.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Objects that were put, runs included.</summary>
    public required WrittenObject[] Written { get; init; }

    /// <summary>Packs of earlier captures that new positions rely on: the lease must look after them until the commit.</summary>
    public required WrittenObject[] ReliedOn { get; init; }

    /// <summary>Index of each entry that was added to the reference tree, for the local index.</summary>
    internal IReadOnlyDictionary<ObjectId, long> Entries { get; init; } = new Dictionary<ObjectId, long>();
}
