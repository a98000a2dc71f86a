namespace Portability.Disks.Formats;

/// <summary>What damage is read over, and reported, instead of refused. Writing never tolerates any.</summary>
[Flags]
public enum DamageTolerance
{
    /// <summary>A second copy of a structure stands in for a damaged first one, which is reported; all else is refused.</summary>
    None = 0,

    /// <summary>A checksum that is wrong is reported, and the structure is used if it is otherwise sound.</summary>
    WrongChecksum = 1,

    /// <summary>A parent with the right id but another timestamp than its child remembers, as after a copy that lost the file's time.</summary>
    ParentTimestamp = 2,

    /// <summary>An image that the program which wrote it marked as corrupt.</summary>
    MarkedCorrupt = 4,
}
