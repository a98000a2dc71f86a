namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The rules of FORMAT 3 and 13, each of which can be switched off to show that the model then loses a history.</summary>
[Flags]
internal enum ModelRules
{
    None = 0,

    /// <summary>After the put of its manifest a writer looks for a tombstone of its number.</summary>
    TombstoneLook = 1 << 0,

    /// <summary>A collector lists the manifests again before it deletes.</summary>
    SecondMark = 1 << 1,

    /// <summary>A writer puts its lease before it reads the condemned lists.</summary>
    LeaseBeforeLists = 1 << 2,

    /// <summary>A generation is noted only after what it names was stored anew.</summary>
    NoteAfterRestore = 1 << 3,

    /// <summary>A writer reads the condemned lists again before its commit.</summary>
    Recheck = 1 << 4,

    /// <summary>A lease that stood still is shut out by a void under the name it takes.</summary>
    Void = 1 << 5,

    /// <summary>A collector waits until each lease has noted its generation or has ended.</summary>
    WaitForLeases = 1 << 6,

    /// <summary>What a living lease owns is never condemned.</summary>
    SpareOwned = 1 << 7,

    /// <summary>Objects are listed before leases.</summary>
    ObjectsBeforeLeases = 1 << 8,

    /// <summary>The record of the highest generation stays.</summary>
    HighestStays = 1 << 9,

    /// <summary>A name that was deleted is never put again: copies are named by the lease that puts them.</summary>
    FreshCopies = 1 << 10,

    /// <summary>Another collector's list is dropped only when nothing that it names is left.</summary>
    ForeignListsStand = 1 << 11,

    /// <summary>A remover looks for pins after its tombstone too.</summary>
    PinsAfterTombstone = 1 << 12,

    /// <summary>A reader puts its pin before it looks at the manifest.</summary>
    PinBeforeLook = 1 << 13,

    /// <summary>In the second mark a collector lists the pins after the manifests.</summary>
    PinsAfterManifests = 1 << 14,

    /// <summary>Pinned snapshots count as live.</summary>
    PinsCount = 1 << 15,

    /// <summary>The tombstone is put before the manifest is deleted.</summary>
    TombstoneFirst = 1 << 16,

    /// <summary>A single tombstone is looked for before a merged one.</summary>
    SingleBeforeMerged = 1 << 17,

    /// <summary>A merged tombstone stands before single ones go.</summary>
    MergedBeforeSinglesGo = 1 << 18,

    /// <summary>A generation counts only if no higher one stands after it was put.</summary>
    NoHigher = 1 << 19,

    /// <summary>A writer relies on no copy that a list names.</summary>
    AvoidCondemned = 1 << 20,

    /// <summary>A child relies on its parent's objects only after it has seen, under its lease, that the parent stands.</summary>
    ParentStands = 1 << 21,

    /// <summary>After the put of a beat its holder looks that the one before it still stands.</summary>
    BeatStands = 1 << 22,

    All = (1 << 23) - 1,
}
