namespace Portability.Disks.Formats.Vhd;

/// <summary>Variant of a VHD, as its footer states it.</summary>
internal enum VhdDiskType : uint
{
    /// <summary>All sectors are in the file, in order, before the footer.</summary>
    Fixed = 2,

    /// <summary>Blocks are in the file where the block allocation table says.</summary>
    Dynamic = 3,

    /// <summary>As dynamic; a bitmap before each block tells its sectors from the parent's.</summary>
    Differencing = 4,
}
