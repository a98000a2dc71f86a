namespace Portability;

/// <summary>What became of a range between two snapshots.</summary>
public enum DifferenceKind
{
    /// <summary>Holds other data.</summary>
    Changed,

    /// <summary>Was zero, holds data.</summary>
    Added,

    /// <summary>Held data, is zero.</summary>
    Zeroed,

    /// <summary>On a disk, or beyond an end, that only one of the two has.</summary>
    Resized,
}
