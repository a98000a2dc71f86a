namespace Portability.FileSystems.ExFat;

/// <summary>Tells an exFAT volume by its first bytes. Pure.</summary>
internal static class ExFatDetector
{
    /// <summary>Tells whether a volume begins with an exFAT boot sector, or has its backup where it must be.</summary>
    /// <param name="head">The first bytes of the volume.</param>
    public static bool Matches(ReadOnlySpan<byte> head)
    {
        if (head.Length < ExFatBootSector.Size)
        {
            return false;
        }

        if (ExFatBootSector.Read(head).FindFault() is null)
        {
            return true;
        }

        for (int shift = ExFatBootSector.MinimumSectorShift; shift <= ExFatBootSector.MaximumSectorShift; shift++)
        {
            int size = ExFatBootChecksum.RegionSectors << shift;
            if (head.Length >= size * 2 && IsBackup(head.Slice(size, size), shift))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells whether a boot region is sound and of its sector size.</summary>
    /// <param name="region">The region.</param>
    /// <param name="sectorShift">Log2 of the sector size by which it was found.</param>
    public static bool IsBackup(ReadOnlySpan<byte> region, int sectorShift)
    {
        ExFatBootSector boot = ExFatBootSector.Read(region);
        return boot.FindFault() is null && boot.SectorShift == sectorShift && ExFatBootChecksum.Fits(region, sectorShift);
    }
}
