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

    private const int PageSize = 256;

    private readonly char[]?[]? pages; // null for a page of units that are their own upper case

    private UpcaseTable(char[]?[]? pages) => this.pages = pages;

    /// <summary>The simple upper-casing of Unicode: for a volume whose own table is damaged.</summary>
    public static UpcaseTable Invariant { get; } = new(null);

    /// <summary>Reads a table, compressed or not. Units that it does not reach are their own upper case.</summary>
    /// <param name="table">Its bytes.</param>
    public static UpcaseTable Read(ReadOnlySpan<byte> table)
    {
        var pages = new char[]?[UnitCount / PageSize];
        int index = 0;
        for (int at = 0; at + 2 <= table.Length && index < UnitCount; at += 2)
        {
            ushort unit = BinaryPrimitives.ReadUInt16LittleEndian(table[at..]);
            if (unit == RunMark && at + 4 <= table.Length)
            {
                at += 2;
                index += BinaryPrimitives.ReadUInt16LittleEndian(table[at..]);
                continue;
            }

            if (unit != index)
            {
                (pages[index / PageSize] ??= MakePage(index & -PageSize))[index % PageSize] = (char)unit;
            }

            index++;
        }

        return new UpcaseTable(pages);
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
    public char ToUpper(char unit) => pages is null
        ? char.ToUpperInvariant(unit)
        : pages[unit / PageSize] is { } page ? page[unit % PageSize] : unit;

    private static char[] MakePage(int first)
    {
        char[] page = new char[PageSize];
        for (int i = 0; i < page.Length; i++)
        {
            page[i] = (char)(first + i);
        }

        return page;
    }
}
