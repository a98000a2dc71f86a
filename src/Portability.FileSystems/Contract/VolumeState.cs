namespace Portability.FileSystems;

/// <summary>In what state a volume was found.</summary>
[Flags]
public enum VolumeState
{
    /// <summary>Nothing remarkable.</summary>
    Clean = 0,

    /// <summary>It was in use when the disk was captured, or is marked so.</summary>
    Dirty = 1,

    /// <summary>Its log was replayed in memory: what is read is the state after that.</summary>
    Replayed = 2,

    /// <summary>Its own system noted errors on it: a full check is due.</summary>
    HasErrors = 4,

    /// <summary>Files that were deleted while open are still to be freed.</summary>
    HasOrphans = 8,

    /// <summary>It holds the state of a machine that sleeps: what it shows is not all that its system knows.</summary>
    Hibernated = 16,
}
