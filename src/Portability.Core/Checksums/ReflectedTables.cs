using System.Buffers.Binary;

namespace Portability.Core.Checksums;

/// <summary>Slicing-by-8 tables for reflected 32-bit CRC polynomials.</summary>
internal static class ReflectedTables
{
    private const int Slices = 8;
    private const int Entries = 256;

    /// <summary>Makes the eight tables, one after the other.</summary>
    /// <param name="polynomial">Reflected polynomial.</param>
    public static uint[] Create(uint polynomial)
    {
        uint[] tables = new uint[Slices * Entries];
        for (uint value = 0; value < Entries; value++)
        {
            uint remainder = value;
            for (int bit = 0; bit < 8; bit++)
            {
                remainder = (remainder >> 1) ^ ((remainder & 1) * polynomial);
            }

            tables[value] = remainder;
        }

        for (int index = Entries; index < tables.Length; index++)
        {
            uint before = tables[index - Entries];
            tables[index] = (before >> 8) ^ tables[before & 0xFF];
        }

        return tables;
    }

    /// <summary>Feeds bytes into a running remainder, not inverted.</summary>
    public static uint Update(uint[] tables, uint remainder, ReadOnlySpan<byte> source)
    {
        while (source.Length >= Slices)
        {
            uint low = remainder ^ BinaryPrimitives.ReadUInt32LittleEndian(source);
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
            remainder = tables[(7 * Entries) + (int)(low & 0xFF)]
                ^ tables[(6 * Entries) + (int)((low >> 8) & 0xFF)]
                ^ tables[(5 * Entries) + (int)((low >> 16) & 0xFF)]
                ^ tables[(4 * Entries) + (int)(low >> 24)]
                ^ tables[(3 * Entries) + (int)(high & 0xFF)]
                ^ tables[(2 * Entries) + (int)((high >> 8) & 0xFF)]
                ^ tables[Entries + (int)((high >> 16) & 0xFF)]
                ^ tables[(int)(high >> 24)];
            source = source[Slices..];
        }

        foreach (byte value in source)
        {
            remainder = (remainder >> 8) ^ tables[(int)((remainder ^ value) & 0xFF)];
        }

        return remainder;
    }
}
