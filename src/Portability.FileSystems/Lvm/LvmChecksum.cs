using Portability.Core.Checksums;

namespace Portability.FileSystems.Lvm;

/// <summary>Checksum of LVM2: CRC-32 from a start value of its own, not inverted at its end.</summary>
/// <remarks>LVM2 `calc_crc`, `INITIAL_CRC`.</remarks>
internal static class LvmChecksum
{
    private const uint Start = 0xF597A6CF;

    /// <summary>Computes a checksum.</summary>
    /// <param name="source">Bytes to check.</param>
    public static uint Compute(ReadOnlySpan<byte> source) => Append(Start, source);

    /// <summary>Continues a checksum.</summary>
    /// <param name="checksum">What came before.</param>
    /// <param name="source">Bytes that follow.</param>
    public static uint Append(uint checksum, ReadOnlySpan<byte> source) => ~Crc32.Append(~checksum, source);
}
