using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>The index of a run, before sealing.</summary>
/// <remarks>FORMAT.md section 12: page count (4), then 48 bytes for each page.</remarks>
internal static class LocationRunIndex
{
    private const int PagesAt = 4;

    public static int Length(int pages) => PagesAt + (pages * LocationIndexEntry.Size);

    public static void Write(ReadOnlySpan<LocationIndexEntry> pages, Span<byte> target)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, pages.Length);
        for (int page = 0; page < pages.Length; page++)
        {
            pages[page].Write(target[Length(page)..]);
        }
    }

    /// <summary>Reads and checks an index.</summary>
    /// <exception cref="InvalidFormatException">It breaks the format.</exception>
    public static LocationIndexEntry[] Read(ReadOnlySpan<byte> source, RunTrailer trailer, string name)
    {
        int count = source.Length < PagesAt ? 0 : BinaryPrimitives.ReadInt32LittleEndian(source);
        if (count <= 0 || source.Length != PagesAt + ((long)count * LocationIndexEntry.Size))
        {
            throw Malformed(name, trailer, FormattableString.Invariant($"{source.Length} bytes are not {count} pages"));
        }

        var pages = new LocationIndexEntry[count];
        long offset = ObjectHeader.Size, entries = 0;
        for (int page = 0; page < count; page++)
        {
            pages[page] = LocationIndexEntry.Read(source[Length(page)..]);
            if (pages[page].Offset != offset
                || pages[page].Count is < 1 or > LocationPage.MaximumEntries
                || pages[page].Length != LocationPage.Length(pages[page].Count) + ObjectSealer.Overhead
                || (page > 0 && pages[page].First < pages[page - 1].First))
            {
                throw Malformed(name, trailer, FormattableString.Invariant($"page {page} of {pages[page].Count} entries at 0x{pages[page].Offset:X} does not fit"));
            }

            offset += pages[page].Length;
            entries += pages[page].Count;
        }

        return offset == trailer.IndexOffset && entries == trailer.EntryCount
            ? pages
            : throw Malformed(name, trailer, FormattableString.Invariant($"its pages hold {entries} entries and end at 0x{offset:X}"));
    }

    private static InvalidFormatException Malformed(string name, RunTrailer trailer, string fact) =>
        Damage.Malformed("run index", 12, name, trailer.IndexOffset, fact);
}
