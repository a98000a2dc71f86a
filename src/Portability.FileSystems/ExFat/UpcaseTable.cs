using System.Buffers.Binary;

namespace Portability.FileSystems.ExFat;

/// <summary>Up-case table: the upper case of each 16-bit unit, by the volume itself. Immutable.</summary>
/// <remarks>Microsoft exFAT specification, 7.2.5.</remarks>
internal sealed class UpcaseTable
{
    /// <summary>Most bytes of a table: each unit written out.</summary>
    public const int MaximumLength = UnitCount * 2;

    private const int UnitCount = 65536;
    private const ushort RunMark = 0xFFFF; // the next unit counts those that are their own upper case

    private readonly char[]? units;

    private UpcaseTable(char[]? units) => this.units = units;

    /// <summary>The simple upper-casing of Unicode: for a volume whose own table is damaged.</summary>
    public static UpcaseTable Invariant { get; } = new(null);

    /// <summary>Reads a table, compressed or not. Units that it does not reach are their own upper case.</summary>
    /// <param name="table">Its bytes.</param>
    public static UpcaseTable Read(ReadOnlySpan<byte> table)
    {
        char[] units = new char[UnitCount];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = (char)i;
        }

        int index = 0;
        for (int at = 0; at + 2 <= table.Length && index < UnitCount; at += 2)
        {
            ushort unit = BinaryPrimitives.ReadUInt16LittleEndian(table[at..]);
            if (unit == RunMark && at + 4 <= table.Length)
            {
                at += 2;
                index += BinaryPrimitives.ReadUInt16LittleEndian(table[at..]);
            }
            else
            {
                units[index++] = (char)unit;
            }
        }

        return new UpcaseTable(units);
    }

    /// <summary>TableChecksum of a table.</summary>
    /// <param name="table">Its bytes.</param>
    public static uint Checksum(ReadOnlySpan<byte> table)
    {
        uint sum = 0;
        foreach (byte value in table)
        {
            sum = uint.RotateRight(sum, 1) + value;
        }

        return sum;
    }

    /// <summary>The upper case of a unit.</summary>
    public char ToUpper(char unit) => units is null ? char.ToUpperInvariant(unit) : units[unit];
}
