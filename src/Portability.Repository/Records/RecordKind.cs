namespace Portability.Repository.Records;

/// <summary>What a signed record is. The values are stored (FORMAT.md, section 5).</summary>
public enum RecordKind : byte
{
    /// <summary>Description of one snapshot; putting it is the commit.</summary>
    Manifest = 1,

    /// <summary>A number without a snapshot.</summary>
    Void = 2,

    /// <summary>Says that a snapshot was removed.</summary>
    Tombstone = 3,

    /// <summary>Says that a range of snapshots was removed.</summary>
    MergedTombstones = 4,

    /// <summary>Change of owners, signers or recipients.</summary>
    Trust = 5,

    /// <summary>Disks and definition of a workload.</summary>
    Registration = 6,

    /// <summary>Where a workload is at home.</summary>
    Home = 7,

    /// <summary>What a writer or reader holds.</summary>
    Lease = 8,

    /// <summary>Objects that travel before their manifest.</summary>
    Announcement = 9,

    /// <summary>Objects that a collector wants to delete.</summary>
    Condemned = 10,

    /// <summary>A pack that takes the place of others.</summary>
    Substitution = 11,

    /// <summary>A key holder's check of a pack.</summary>
    Verified = 12,

    /// <summary>A mirror's answer.</summary>
    Receipt = 13,

    /// <summary>Identity of one store of the repository.</summary>
    Instance = 14,
}
