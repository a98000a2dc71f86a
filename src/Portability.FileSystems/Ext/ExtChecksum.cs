using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>Checksums of ext4 and jbd2: CRC-32C that is not inverted at its end, and CRC-16 for descriptors of older volumes.</summary>
/// <remarks>ext4 data structures, "Checksums". Pure functions.</remarks>
internal static class ExtChecksum
{
    /// <summary>Where a CRC-32C without a seed of its own begins.</summary>
    public const uint Start = uint.MaxValue;

    private static readonly ushort[] Crc16Table = MakeCrc16Table();

    /// <summary>Continues a CRC-32C.</summary>
    /// <param name="seed">What came before.</param>
    /// <param name="source">Bytes that follow.</param>
    public static uint Crc32C(uint seed, ReadOnlySpan<byte> source) => ~Core.Checksums.Crc32C.Append(~seed, source);

    /// <summary>Continues a CRC-32C with a little-endian number.</summary>
    /// <param name="seed">What came before.</param>
    /// <param name="value">The number.</param>
    public static uint Crc32C(uint seed, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Crc32C(seed, bytes);
    }

    /// <summary>Continues a CRC-32C over a structure as if one field of it were zero.</summary>
    /// <param name="seed">What came before.</param>
    /// <param name="source">The structure.</param>
    /// <param name="fieldAt">Offset of the field.</param>
    /// <param name="fieldSize">Its size, at most 4 bytes.</param>
    public static uint Crc32CWithout(uint seed, ReadOnlySpan<byte> source, int fieldAt, int fieldSize)
    {
        ReadOnlySpan<byte> zeros = [0, 0, 0, 0];
        uint sum = Crc32C(seed, source[..fieldAt]);
        sum = Crc32C(sum, zeros[..fieldSize]);
        return Crc32C(sum, source[(fieldAt + fieldSize)..]);
    }

    /// <summary>Continues a CRC-16 (polynomial 0x8005, reflected, not inverted at its end).</summary>
    /// <param name="seed">What came before; all ones at the start.</param>
    /// <param name="source">Bytes that follow.</param>
    public static ushort Crc16(ushort seed, ReadOnlySpan<byte> source)
    {
        foreach (byte value in source)
        {
            seed = (ushort)((seed >> 8) ^ Crc16Table[(seed ^ value) & 0xFF]);
        }

        return seed;
    }

    private static ushort[] MakeCrc16Table()
    {
        var table = new ushort[256];
        for (int index = 0; index < table.Length; index++)
        {
            int value = index;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xA001 : value >> 1;
            }

            table[index] = (ushort)value;
        }

        return table;
    }
}
