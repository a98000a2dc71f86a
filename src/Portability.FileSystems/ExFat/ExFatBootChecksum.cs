using System.Buffers.Binary;

namespace Portability.FileSystems.ExFat;

/// <summary>Checksum over the first eleven sectors of a boot region; the twelfth repeats it.</summary>
/// <remarks>Microsoft exFAT specification, 3.4.</remarks>
internal static class ExFatBootChecksum
{
    /// <summary>Sectors of a boot region; the backup follows the main one.</summary>
    public const int RegionSectors = 12;

    /// <summary>Tells whether a boot region carries its checksum.</summary>
    /// <param name="region">The region.</param>
    /// <param name="sectorShift">Log2 of its sectors.</param>
    public static bool Fits(ReadOnlySpan<byte> region, int sectorShift)
    {
        ReadOnlySpan<byte> stored = region[((RegionSectors - 1) << sectorShift)..];
        uint checksum = Compute(region[..((RegionSectors - 1) << sectorShift)]);
        for (int at = 0; at < stored.Length; at += sizeof(uint))
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(stored[at..]) != checksum)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Computes it.</summary>
    /// <param name="sectors">The first eleven sectors.</param>
    public static uint Compute(ReadOnlySpan<byte> sectors)
    {
        uint sum = 0;
        for (int i = 0; i < sectors.Length; i++)
        {
            if (i is not (ExFatBootSector.VolumeFlagsAt or ExFatBootSector.VolumeFlagsAt + 1 or ExFatBootSector.PercentInUseAt))
            {
                sum = uint.RotateRight(sum, 1) + sectors[i];
            }
        }

        return sum;
    }
}
