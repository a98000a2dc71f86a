namespace Portability.Disks.Formats.Vhdx;

/// <summary>State of a block, the low three bits of its table entry. [MS-VHDX] 2.5.1.1; of bitmap blocks only 0 and 6 (2.5.1.2).</summary>
internal enum VhdxBlockState
{
    /// <summary>Not stored: the parent's, or zeros.</summary>
    NotPresent = 0,

    /// <summary>Contents not defined; read as zeros.</summary>
    Undefined = 1,

    /// <summary>Reads as zeros.</summary>
    Zero = 2,

    /// <summary>Given up by the guest; read as zeros.</summary>
    Unmapped = 3,

    /// <summary>Stored whole.</summary>
    FullyPresent = 6,

    /// <summary>Stored in part: the sector bitmap tells which sectors are the parent's. Differencing disks only.</summary>
    PartiallyPresent = 7,
}
