using Portability.Core.Checksums;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>The checksum of VHDX structures: CRC-32C over all bytes, those of the checksum itself as zeros.</summary>
internal static class VhdxChecksum
{
    /// <summary>Computes the checksum of a structure.</summary>
    /// <param name="structure">Whole structure.</param>
    /// <param name="checksumAt">Offset of its four checksum bytes.</param>
    public static uint Compute(ReadOnlySpan<byte> structure, int checksumAt)
    {
        uint checksum = Crc32C.Compute(structure[..checksumAt]);
        checksum = Crc32C.Append(checksum, stackalloc byte[sizeof(uint)]);
        return Crc32C.Append(checksum, structure[(checksumAt + sizeof(uint))..]);
    }
}
