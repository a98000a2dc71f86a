namespace Portability.Disks.Formats.Vhdx;

/// <summary>Places and ids that every VHDX shares.</summary>
/// <remarks>[MS-VHDX] 2.2: the header section is the first MiB; all else starts and ends on a boundary of 1 MiB.</remarks>
internal static class VhdxLayout
{
    /// <summary>Unit in which everything behind the header section is placed, in bytes.</summary>
    public const long Alignment = 1 << 20;

    /// <summary>Offsets of the two headers.</summary>
    public const long FirstHeaderAt = 64 << 10, SecondHeaderAt = 128 << 10;

    /// <summary>Offsets of the two copies of the region table.</summary>
    public const long FirstRegionTableAt = 192 << 10, SecondRegionTableAt = 256 << 10;

    /// <summary>Limits of a block's size in bytes. [MS-VHDX] 2.6.2.1.</summary>
    public const uint MinimumBlockSize = 1 << 20, MaximumBlockSize = 256 << 20;

    /// <summary>Largest disk in bytes: 64 TiB. [MS-VHDX] 2.6.2.2.</summary>
    public const long MaximumLength = 64L << 40;

    /// <summary>Sectors that one sector bitmap block describes. [MS-VHDX] 2.5.</summary>
    public const long SectorsPerBitmapBlock = 1 << 23;

    /// <summary>Region ids. [MS-VHDX] 2.2.3.2.</summary>
    public static readonly Guid
        BlockAllocationTableRegion = new("2DC27766-F623-4200-9D64-115E9BFD4A08"),
        MetadataRegion = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");

    /// <summary>Metadata item ids. [MS-VHDX] 2.6.2.</summary>
    public static readonly Guid
        FileParametersItem = new("CAA16737-FA36-4D43-B3B6-33F0AA44E76B"),
        VirtualDiskSizeItem = new("2FA54224-CD1B-4876-B211-5DBED83BF4B8"),
        VirtualDiskIdItem = new("BECA12AB-B2E6-4523-93EF-C309E000C746"),
        LogicalSectorSizeItem = new("8141BF1D-A96F-4709-BA47-F233A8FAAB5F"),
        PhysicalSectorSizeItem = new("CDA348C7-445D-4471-9CC9-E9885251C556"),
        ParentLocatorItem = new("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");

    /// <summary>The only known type of parent locator. [MS-VHDX] 2.6.2.6.3.</summary>
    public static readonly Guid VhdxParentLocatorType = new("B04AEFB7-D19E-4A81-B789-25B8E9445913");

    /// <summary>Start of every VHDX. [MS-VHDX] 2.2.1.</summary>
    public static ReadOnlySpan<byte> FileSignature => "vhdxfile"u8;
}
