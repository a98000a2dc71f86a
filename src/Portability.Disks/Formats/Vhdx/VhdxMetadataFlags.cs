namespace Portability.Disks.Formats.Vhdx;

/// <summary>Flags of a VHDX metadata item. [MS-VHDX] 2.6.1.2.</summary>
[Flags]
internal enum VhdxMetadataFlags : uint
{
    /// <summary>An item of the file that may be ignored.</summary>
    None = 0,

    /// <summary>An item of a user of the format.</summary>
    IsUser = 1,

    /// <summary>An item of the disk rather than of the file.</summary>
    IsVirtualDisk = 2,

    /// <summary>A reader that does not know the item must not open the file.</summary>
    IsRequired = 4,
}
