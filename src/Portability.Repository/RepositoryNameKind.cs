namespace Portability.Repository;

/// <summary>What a name of a stored object says about it (FORMAT.md, section 2).</summary>
public enum RepositoryNameKind
{
    /// <summary>`repository.json`.</summary>
    Configuration,

    /// <summary>A record of a later format version.</summary>
    FormatRecord,

    /// <summary>A trust record.</summary>
    Trust,

    /// <summary>A sealed private half.</summary>
    Slot,

    /// <summary>A pack, map, reference object or run.</summary>
    StoredObject,

    /// <summary>A substitution record.</summary>
    Substitution,

    /// <summary>A key holder's check of a pack.</summary>
    Verified,

    /// <summary>A registration of a workload.</summary>
    Registration,

    /// <summary>A home record of a workload.</summary>
    Home,

    /// <summary>A manifest or a void.</summary>
    Manifest,

    /// <summary>A tombstone.</summary>
    Tombstone,

    /// <summary>Merged tombstones.</summary>
    MergedTombstones,

    /// <summary>A tombstone of another store, kept as a fact.</summary>
    TombstoneFact,

    /// <summary>Merged tombstones of another store, kept as facts.</summary>
    MergedTombstoneFact,

    /// <summary>A manifest that came too late, kept beside.</summary>
    Fork,

    /// <summary>The identity of this store.</summary>
    Instance,

    /// <summary>A mirror's receipt.</summary>
    Receipt,

    /// <summary>A beat of a lease.</summary>
    Lease,

    /// <summary>An announcement under a lease.</summary>
    Announcement,

    /// <summary>A condemned list.</summary>
    Condemned,
}
