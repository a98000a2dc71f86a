namespace Portability.Disks.Formats.Vhd;

/// <summary>Cylinders, heads and sectors per track, as a VHD footer states them.</summary>
/// <param name="Cylinders">Number of cylinders.</param>
/// <param name="Heads">Heads per cylinder.</param>
/// <param name="SectorsPerTrack">Sectors per track.</param>
/// <remarks>
/// Virtual Hard Disk Image Format Specification, appendix "CHS Calculation". The geometry mostly covers less than the disk; readers
/// go by the size where the creator is one that means it. See docs/decisions.
/// </remarks>
internal readonly record struct VhdGeometry(ushort Cylinders, byte Heads, byte SectorsPerTrack)
{
    private const long MaximumSectors = 65535L * 16 * 255;
    private const long LargeFrom = 65535L * 16 * 63;

    /// <summary>Computes the geometry that Hyper-V gives a disk.</summary>
    /// <param name="length">Size of the disk in bytes.</param>
    public static VhdGeometry For(long length)
    {
        long sectors = Math.Min(length / VhdFooter.SectorSize, MaximumSectors);
        if (sectors >= LargeFrom)
        {
            return new VhdGeometry((ushort)(sectors / 255 / 16), 16, 255);
        }

        long perTrack = 17;
        long tracks = sectors / perTrack;
        long heads = Math.Max((tracks + 1023) / 1024, 4);
        if (tracks >= heads * 1024 || heads > 16)
        {
            (perTrack, heads) = (31, 16);
            tracks = sectors / perTrack;
        }

        if (tracks >= heads * 1024)
        {
            (perTrack, heads) = (63, 16);
            tracks = sectors / perTrack;
        }

        return new VhdGeometry((ushort)(tracks / heads), (byte)heads, (byte)perTrack);
    }
}
