namespace Portability.FileSystems.ExFat;

/// <summary>Directory entry set of a file or directory: File, Stream Extension and File Name entries, held together by a checksum. Immutable.</summary>
/// <param name="Offset">Offset of its File entry in the volume, in bytes.</param>
/// <param name="File">Its File entry.</param>
/// <param name="Stream">Its Stream Extension entry.</param>
/// <param name="Name">Its name.</param>
/// <remarks>Microsoft exFAT specification, 6.3 and 7.4 to 7.7.</remarks>
internal sealed record FileEntrySet(long Offset, FileEntry File, StreamExtensionEntry Stream, NodeName Name)
{
    /// <summary>Bytes of an entry.</summary>
    public const int EntrySize = 32;

    /// <summary>Most entries of a set.</summary>
    public const int MaximumCount = 1 + MaximumSecondaryCount;

    /// <summary>What it is called in errors.</summary>
    public const string Structure = "directory entry set";

    /// <summary>Section of the specification.</summary>
    public const string Section = "7.4";

    private const int MinimumSecondaryCount = 2;
    private const int MaximumSecondaryCount = 18;

    /// <summary>Entries of the set that a File entry begins; 0 if no set can be so long.</summary>
    /// <param name="entry">The File entry.</param>
    public static int CountOf(ReadOnlySpan<byte> entry)
    {
        int count = FileEntry.SecondaryCount(entry);
        return count is >= MinimumSecondaryCount and <= MaximumSecondaryCount ? 1 + count : 0;
    }

    /// <summary>Reads a set.</summary>
    /// <param name="offset">Offset of its File entry in the volume, in bytes.</param>
    /// <param name="entries">All its entries.</param>
    /// <param name="set">The set.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryRead(long offset, ReadOnlySpan<byte> entries, out FileEntrySet? set)
    {
        set = null;
        ushort checksum = Checksum(entries);
        if (checksum != FileEntry.SetChecksum(entries))
        {
            return FormattableString.Invariant($"its checksum is 0x{FileEntry.SetChecksum(entries):X4}, 0x{checksum:X4} is right");
        }

        if (entries[EntrySize] != ExFatEntryType.StreamExtension)
        {
            return FormattableString.Invariant($"an entry of type 0x{entries[EntrySize]:X2} stands where its Stream Extension should");
        }

        StreamExtensionEntry stream = StreamExtensionEntry.Read(entries[EntrySize..]);
        int parts = (stream.NameLength + FileNameEntry.UnitCount - 1) / FileNameEntry.UnitCount;
        if (parts == 0 || (2 + parts) * EntrySize > entries.Length)
        {
            return FormattableString.Invariant($"a name of {stream.NameLength} units does not fit its {entries.Length / EntrySize} entries");
        }

        Span<byte> units = stackalloc byte[parts * FileNameEntry.UnitCount * 2];
        for (int i = 0; i < parts; i++)
        {
            ReadOnlySpan<byte> entry = entries[((2 + i) * EntrySize)..];
            if (entry[0] != ExFatEntryType.FileName)
            {
                return FormattableString.Invariant($"an entry of type 0x{entry[0]:X2} stands where a File Name should");
            }

            FileNameEntry.Units(entry).CopyTo(units[(i * FileNameEntry.UnitCount * 2)..]);
        }

        set = new FileEntrySet(offset, FileEntry.Read(entries), stream, NodeName.FromUtf16(units[..(stream.NameLength * 2)]));
        return null;
    }

    /// <summary>SetChecksum of a set.</summary>
    /// <param name="entries">All its entries.</param>
    /// <remarks>6.3.3.</remarks>
    public static ushort Checksum(ReadOnlySpan<byte> entries)
    {
        ushort sum = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            if (i is not (FileEntry.SetChecksumAt or FileEntry.SetChecksumAt + 1))
            {
                sum = (ushort)(((sum << 15) | (sum >> 1)) + entries[i]);
            }
        }

        return sum;
    }
}
