namespace Portability.Disks.Blocks;

/// <summary>What a block device can do beyond reading.</summary>
[Flags]
public enum BlockDeviceCapabilities
{
    /// <summary>Reading only.</summary>
    None = 0,

    /// <summary>Can be written and zeroed.</summary>
    Write = 1,

    /// <summary>Gives space back on trim.</summary>
    Trim = 2,

    /// <summary>Zeroes ranges without storing zeros.</summary>
    SparseZero = 4,

    /// <summary>Knows its holes; without it, every extent is reported as data.</summary>
    Extents = 8,
}
