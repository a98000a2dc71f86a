namespace Portability.Disks.Blocks;

/// <summary>A run of bytes of one kind.</summary>
/// <param name="Offset">Offset on the device, in bytes.</param>
/// <param name="Length">Length in bytes; never 0.</param>
/// <param name="Kind">What is known of the bytes.</param>
public readonly record struct BlockExtent(long Offset, long Length, ExtentKind Kind)
{
    /// <summary>Offset of the first byte behind the extent.</summary>
    public long End => Offset + Length;

    /// <summary>True if the bytes are known to read as zeros.</summary>
    public bool IsZero => Kind is ExtentKind.Hole or ExtentKind.Zero;
}
