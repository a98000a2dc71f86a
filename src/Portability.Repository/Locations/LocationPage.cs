using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>A page of a run, before sealing.</summary>
/// <remarks>FORMAT.md section 12: count (4), then entries of 44 bytes, ascending by content id.</remarks>
internal static class LocationPage
{
    /// <summary>Most entries of a page.</summary>
    public const int MaximumEntries = 1400;

    private const int EntriesAt = 4;

    /// <summary>Length in bytes of a page before sealing.</summary>
    public static int Length(int entries) => EntriesAt + (entries * LocationEntry.Size);

    public static void Write(ReadOnlySpan<LocationEntry> entries, Span<byte> target)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, entries.Length);
        for (int index = 0; index < entries.Length; index++)
        {
            entries[index].Write(target[Length(index)..]);
        }
    }

    /// <summary>Reads and checks a page.</summary>
    /// <param name="source">All its bytes.</param>
    /// <param name="expected">What the index says of it.</param>
    /// <param name="packCount">Packs of the run.</param>
    /// <param name="name">The run, for errors.</param>
    /// <exception cref="InvalidFormatException">It breaks the format.</exception>
    public static LocationEntry[] Read(ReadOnlySpan<byte> source, LocationIndexEntry expected, int packCount, string name)
    {
        if (source.Length != Length(expected.Count) || BinaryPrimitives.ReadInt32LittleEndian(source) != expected.Count)
        {
            throw Malformed(name, expected, FormattableString.Invariant($"{source.Length} bytes are not {expected.Count} entries"));
        }

        var entries = new LocationEntry[expected.Count];
        for (int index = 0; index < entries.Length; index++)
        {
            entries[index] = LocationEntry.Read(source[Length(index)..]);
            if (entries[index].Pack >= packCount || (index > 0 && entries[index].Id < entries[index - 1].Id))
            {
                throw Malformed(name, expected, FormattableString.Invariant($"entry {index} is not in order, or names pack {entries[index].Pack} of {packCount}"));
            }
        }

        return entries[0].Id == expected.First ? entries : throw Malformed(name, expected, "its first entry is not the one that the index names");
    }

    private static InvalidFormatException Malformed(string name, LocationIndexEntry page, string fact) => Damage.Malformed("location page", 12, name, page.Offset, fact);
}
