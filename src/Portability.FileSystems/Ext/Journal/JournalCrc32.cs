namespace Portability.FileSystems.Ext.Journal;

/// <summary>CRC-32 of commits of older journals: most significant bit first, polynomial 0x04C11DB7, not inverted at its end.</summary>
/// <remarks>Linux `crc32_be`, as jbd2 used it with JBD2_FEATURE_COMPAT_CHECKSUM.</remarks>
internal static class JournalCrc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>Continues a checksum.</summary>
    /// <param name="seed">What came before; all ones at the start.</param>
    /// <param name="source">Bytes that follow.</param>
    public static uint Append(uint seed, ReadOnlySpan<byte> source)
    {
        foreach (byte value in source)
        {
            seed = (seed << 8) ^ Table[(seed >> 24) ^ value];
        }

        return seed;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint index = 0; index < table.Length; index++)
        {
            uint value = index << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 0x80000000) != 0 ? (value << 1) ^ 0x04C11DB7 : value << 1;
            }

            table[index] = value;
        }

        return table;
    }
}
