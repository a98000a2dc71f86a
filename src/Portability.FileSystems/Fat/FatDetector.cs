using System.Buffers.Binary;

namespace Portability.FileSystems.Fat;

/// <summary>Tells a FAT volume by its first bytes. Pure.</summary>
internal static class FatDetector
{
    /// <summary>Sector of FAT32's second boot sector: no other is recommended, and a damaged first one cannot tell it.</summary>
    public const int BackupSector = 6;

    private const int PartitionsAt = 446;
    private const int PartitionSize = 16;
    private const int PartitionCount = 4;
    private const int PartitionTypeAt = 4;
    private const int PartitionStartAt = 8;
    private const int PartitionLengthAt = PartitionStartAt + 4;

    /// <summary>Sector sizes that there are, in bytes.</summary>
    public static ReadOnlySpan<int> SectorSizes => [512, 1024, 2048, 4096];

    /// <summary>Tells whether a volume begins with a FAT boot sector, or has the second one of FAT32 and a FAT where it says.</summary>
    /// <param name="head">The first bytes of the volume.</param>
    public static bool Matches(ReadOnlySpan<byte> head)
    {
        if (head.Length < BootSector.Size || HasPartitions(head))
        {
            return false;
        }

        BootSector first = BootSector.Read(head);
        if (first is { HasJump: true } && first.FindFault() is null)
        {
            return true;
        }

        if (first.IsOfOtherFormat)
        {
            return false;
        }

        foreach (int size in SectorSizes)
        {
            int at = BackupSector * size;
            if (head.Length >= at + BootSector.Size && IsBackup(BootSector.Read(head[at..]), at) && HasFat(head, BootSector.Read(head[at..]).Parameters))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Tells whether a sound second boot sector of FAT32 names its own place.</summary>
    /// <param name="sector">What was read.</param>
    /// <param name="offset">Where it was read, in bytes.</param>
    public static bool IsBackup(in BootSector sector, long offset) =>
        sector.HasJump && sector.FindFault() is null && sector.Parameters.IsFat32
        && (long)sector.Parameters.BackupBootSector * sector.Parameters.BytesPerSector == offset;

    private static bool HasFat(ReadOnlySpan<byte> head, in BiosParameterBlock parameters)
    {
        int at = parameters.ReservedSectors * parameters.BytesPerSector;
        return head.Length >= at + 4 && (BinaryPrimitives.ReadUInt32LittleEndian(head[at..]) & 0x0FFFFFFF) == (0x0FFFFF00 | (uint)parameters.Media);
    }

    // A table whose partition begins at sector 0 is the one that mkfs.fat writes for firmware into a volume without partitions.
    private static bool HasPartitions(ReadOnlySpan<byte> sector)
    {
        int used = 0;
        for (int i = 0; i < PartitionCount; i++)
        {
            ReadOnlySpan<byte> entry = sector.Slice(PartitionsAt + (i * PartitionSize), PartitionSize);
            if (!entry.ContainsAnyExcept((byte)0))
            {
                continue;
            }

            uint start = BinaryPrimitives.ReadUInt32LittleEndian(entry[PartitionStartAt..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry[PartitionLengthAt..]);
            if ((entry[0] & 0x7F) != 0 || entry[PartitionTypeAt] == 0 || start == 0 || length == 0)
            {
                return false; // boot code or text
            }

            used++;
        }

        return used > 0;
    }
}
