namespace Portability.Disks.Formats;

/// <summary>What damage is read over, and reported, instead of refused. Writing never tolerates any.</summary>
public enum DamageTolerance
{
    /// <summary>A second copy of a structure stands in for a damaged first one; all else is refused.</summary>
    None,

    /// <summary>A checksum that is wrong is reported, and the structure is used if it is otherwise sound.</summary>
    WrongChecksum,
}
