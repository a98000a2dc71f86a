namespace Portability.Disks.Formats;

/// <summary>Ids that a format stores to tell a disk, and a state of it, from others. What a format lacks is null.</summary>
public sealed record DiskIdentity
{
    /// <summary>No ids at all.</summary>
    public static DiskIdentity None { get; } = new();

    /// <summary>Id of the disk that its guest may see: VHDX virtual disk id, VHD unique id.</summary>
    public Guid? DiskId { get; init; }

    /// <summary>Id that changes whenever what the guest sees may change: VHDX DataWriteGuid.</summary>
    public Guid? DataWriteGuid { get; init; }

    /// <summary>Id that changes whenever anything in the file may change: VHDX FileWriteGuid.</summary>
    public Guid? FileWriteGuid { get; init; }

    /// <summary>Sequence number of the current header: VHDX.</summary>
    public ulong? HeaderSequence { get; init; }

    /// <summary>Content id that changes at the first write after an open: VMDK CID.</summary>
    public uint? ContentId { get; init; }

    /// <summary>Id of the parent that the image was made over: VHD parent unique id, VHDX parent linkage.</summary>
    public Guid? ParentId { get; init; }

    /// <summary>Content id of the parent: VMDK parentCID.</summary>
    public uint? ParentContentId { get; init; }

    /// <summary>When the file was made or last closed, UTC, as the format stores it: VHD timestamp.</summary>
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>Program that made the file, as the format stores it.</summary>
    public string? Creator { get; init; }
}
