namespace Portability.Disks.Formats.Vhd;

/// <summary>The checksum of VHD structures: the ones' complement of the sum of all bytes but those of the checksum itself.</summary>
internal static class VhdChecksum
{
    /// <summary>Computes the checksum of a structure.</summary>
    /// <param name="structure">Whole structure.</param>
    /// <param name="checksumAt">Offset of its four checksum bytes, which count as zeros.</param>
    public static uint Compute(ReadOnlySpan<byte> structure, int checksumAt)
    {
        uint sum = 0;
        for (int i = 0; i < structure.Length; i++)
        {
            sum += i >= checksumAt && i < checksumAt + sizeof(uint) ? 0u : structure[i];
        }

        return ~sum;
    }
}
