namespace Portability;

/// <summary>What a test found at an object.</summary>
public enum FindingKind
{
    /// <summary>Needed, but not there.</summary>
    Missing,

    /// <summary>Its bytes are not those that were hashed, sealed or signed.</summary>
    Damaged,

    /// <summary>Whole in itself, but not the object that belongs in this place.</summary>
    Exchanged,

    /// <summary>Signed by a key that is not admitted, or lacks the right.</summary>
    NotAdmitted,

    /// <summary>Older than what this machine has seen.</summary>
    RolledBack,

    /// <summary>There, but nothing names it; costs space only.</summary>
    Unreferenced,

    /// <summary>Not covered by a location record; costs deduplication only.</summary>
    NotLocated,

    /// <summary>The store does not do what a repository relies on.</summary>
    UnsafeStore,

    /// <summary>Captured beside the newest state of its workload; kept and shown, never merged.</summary>
    Forked,
}
