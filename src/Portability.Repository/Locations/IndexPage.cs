using System.Buffers.Binary;
using Portability.Core.Checksums;

namespace Portability.Repository.Locations;

/// <summary>A page of a file of the local index: entries of 20 bytes, their count, CRC-32C.</summary>
internal static class IndexPage
{
    public const int Size = 4096;

    /// <summary>Entries of a full page.</summary>
    public const int Capacity = (CountAt - EntriesAt) / EntrySize;

    private const int EntriesAt = 0, EntrySize = IndexKey.Size + 4, CountAt = ChecksumAt - 4, ChecksumAt = Size - 4;

    /// <summary>Writes an entry.</summary>
    public static void Put(Span<byte> page, int index, IndexKey key, int pack)
    {
        Span<byte> entry = page.Slice(EntriesAt + (index * EntrySize), EntrySize);
        key.Write(entry);
        BinaryPrimitives.WriteInt32LittleEndian(entry[IndexKey.Size..], pack);
    }

    /// <summary>Ends a page.</summary>
    public static void Seal(Span<byte> page, int count)
    {
        page[(EntriesAt + (count * EntrySize))..CountAt].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(page[CountAt..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(page[ChecksumAt..], Crc32C.Compute(page[..ChecksumAt]));
    }

    /// <summary>Checks a page.</summary>
    /// <returns>Its entries, or -1 if it is damaged.</returns>
    public static int Check(ReadOnlySpan<byte> page)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(page[CountAt..]);
        return count is > 0 and <= Capacity && BinaryPrimitives.ReadUInt32LittleEndian(page[ChecksumAt..]) == Crc32C.Compute(page[..ChecksumAt]) ? count : -1;
    }

    public static IndexKey Key(ReadOnlySpan<byte> page, int index) => IndexKey.Read(page[(EntriesAt + (index * EntrySize))..]);

    public static int Pack(ReadOnlySpan<byte> page, int index) =>
        BinaryPrimitives.ReadInt32LittleEndian(page[(EntriesAt + (index * EntrySize) + IndexKey.Size)..]);

    /// <summary>Index of the first entry that is not before a key.</summary>
    public static int Find(ReadOnlySpan<byte> page, int count, IndexKey key)
    {
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Key(page, middle).Order(key) < 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
