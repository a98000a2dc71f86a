namespace Portability.Disks.Formats.Qcow2;

/// <summary>Bits of the header's three feature fields that are known here.</summary>
/// <remarks>QEMU docs/interop/qcow2, "Header".</remarks>
internal static class Qcow2Features
{
    /// <summary>Incompatible: refcounts may be behind the tables; they are not needed for reading.</summary>
    public const ulong Dirty = 1 << 0;

    /// <summary>Incompatible: the program that wrote the image found it damaged.</summary>
    public const ulong Corrupt = 1 << 1;

    /// <summary>Incompatible: guest data lies in another file.</summary>
    public const ulong ExternalData = 1 << 2;

    /// <summary>Incompatible: clusters are compressed by other means than deflate.</summary>
    public const ulong CompressionType = 1 << 3;

    /// <summary>Incompatible: an L2 entry describes 32 subclusters.</summary>
    public const ulong ExtendedL2 = 1 << 4;

    /// <summary>All incompatible bits that are known by name.</summary>
    public const ulong KnownIncompatible = Dirty | Corrupt | ExternalData | CompressionType | ExtendedL2;

    /// <summary>Autoclear: the bitmaps extension is consistent with the image.</summary>
    public const ulong BitmapsValid = 1 << 0;

    /// <summary>Autoclear: the external data file is the disk's raw image.</summary>
    public const ulong RawExternalData = 1 << 1;
}
