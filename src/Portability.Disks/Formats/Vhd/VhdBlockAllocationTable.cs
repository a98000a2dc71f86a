using System.Buffers.Binary;

namespace Portability.Disks.Formats.Vhd;

/// <summary>VHD block allocation table: for each block of the disk the sector of the file where its bitmap starts.</summary>
/// <remarks>
/// Virtual Hard Disk Image Format Specification, "Block Allocation Table and Data Blocks". Held whole: the largest disk with the
/// usual block size needs 4 MiB. Reading and setting single entries side by side is safe; setting is done by one thread at a time.
/// </remarks>
internal sealed class VhdBlockAllocationTable
{
    /// <summary>Size of an entry in bytes.</summary>
    public const int EntrySize = 4;

    /// <summary>Most entries that are held: the largest disk in blocks of 512 KiB, the smallest that Windows makes.</summary>
    public const int MaximumCount = (int)(VhdFooter.MaximumLength / (512 << 10));

    private const uint Unused = uint.MaxValue;

    private readonly uint[] entries;

    /// <summary>Initialises a table of which no block is stored.</summary>
    /// <param name="count">Number of blocks.</param>
    public VhdBlockAllocationTable(int count)
    {
        entries = new uint[count];
        Array.Fill(entries, Unused);
    }

    /// <summary>Number of blocks.</summary>
    public int Count => entries.Length;

    /// <summary>Where a block's bitmap starts in the file, in bytes, or -1 when the block is not stored.</summary>
    /// <param name="block">Index of the block.</param>
    public long this[int block]
    {
        get
        {
            uint sector = Volatile.Read(ref entries[block]);
            return sector == Unused ? -1 : (long)sector * VhdFooter.SectorSize;
        }

        set => Volatile.Write(ref entries[block], (uint)(value / VhdFooter.SectorSize));
    }

    /// <summary>Reads a table.</summary>
    /// <param name="source">Bytes of the table: four for each block.</param>
    public static VhdBlockAllocationTable Read(ReadOnlySpan<byte> source)
    {
        var table = new VhdBlockAllocationTable(source.Length / EntrySize);
        for (int i = 0; i < table.Count; i++)
        {
            table.entries[i] = BinaryPrimitives.ReadUInt32BigEndian(source[(i * EntrySize)..]);
        }

        return table;
    }

    /// <summary>Writes the table.</summary>
    /// <param name="target">Room for four bytes a block.</param>
    public void Write(Span<byte> target)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target[(i * EntrySize)..], entries[i]);
        }
    }
}
