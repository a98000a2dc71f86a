using System.Buffers.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Partitions;

/// <summary>Tells by a few magic numbers whether a volume begins somewhere; used to judge a partition table, not to name file systems.</summary>
internal static class VolumeSignature
{
    private const int ProbeSize = 2048;
    private const int OemNameAt = 3;
    private const int Fat16TypeAt = 54;
    private const int Fat32TypeAt = 82;
    private const int ExtMagicAt = 1024 + 56;
    private const ushort ExtMagic = 0xEF53;

    /// <summary>True if a sector is the boot sector of a FAT, exFAT, NTFS or ReFS volume.</summary>
    /// <param name="sector">At least 512 bytes.</param>
    public static bool IsBootSector(ReadOnlySpan<byte> sector)
    {
        ReadOnlySpan<byte> oem = sector.Slice(OemNameAt, 8);
        return oem.SequenceEqual("NTFS    "u8)
            || oem.SequenceEqual("EXFAT   "u8)
            || oem.SequenceEqual("ReFS\0\0\0\0"u8)
            || (sector[0] is 0xEB or 0xE9
                && (sector[Fat16TypeAt..].StartsWith("FAT1"u8) || sector[Fat32TypeAt..].StartsWith("FAT32"u8)));
    }

    /// <summary>True if a volume or an extended boot record begins at an offset.</summary>
    /// <param name="device">The disk.</param>
    /// <param name="offset">Offset in bytes; may lie outside.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async ValueTask<bool> IsAtAsync(IBlockDevice device, long offset, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset > device.Length - ProbeSize)
        {
            return false;
        }

        byte[] probe = new byte[ProbeSize];
        await device.ReadAsync(offset, probe, cancellationToken).ConfigureAwait(false);
        return IsBootSector(probe)
            || MasterBootRecord.Read(probe).LooksLikeTable
            || BinaryPrimitives.ReadUInt16LittleEndian(probe.AsSpan(ExtMagicAt)) == ExtMagic
            || probe.AsSpan().StartsWith("XFSB"u8)
            || probe.AsSpan(512).StartsWith("LABELONE"u8);
    }
}
