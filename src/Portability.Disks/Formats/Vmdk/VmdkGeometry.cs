namespace Portability.Disks.Formats.Vmdk;

/// <summary>Geometry that a descriptor states, as VMware's adapters compute it. Guests from before LBA go by it.</summary>
/// <param name="Cylinders">Cylinders.</param>
/// <param name="Heads">Heads.</param>
/// <param name="Sectors">Sectors of a track.</param>
internal readonly record struct VmdkGeometry(long Cylinders, int Heads, int Sectors)
{
    private const long MaximumIdeCylinders = 16383;
    private const long Gibibyte = 1L << 30;

    /// <summary>Computes the geometry.</summary>
    /// <param name="length">Size of the disk in bytes.</param>
    /// <param name="isIde">True for the IDE adapter, false for the SCSI ones.</param>
    public static VmdkGeometry Compute(long length, bool isIde)
    {
        (int heads, int sectors) = isIde ? (16, 63)
            : length < Gibibyte ? (64, 32)
            : length < 2 * Gibibyte ? (128, 32)
            : (255, 63);
        long cylinders = Math.Max(length / VmdkSparseHeader.SectorSize / (heads * sectors), 1);
        return new VmdkGeometry(isIde ? Math.Min(cylinders, MaximumIdeCylinders) : cylinders, heads, sectors);
    }
}
