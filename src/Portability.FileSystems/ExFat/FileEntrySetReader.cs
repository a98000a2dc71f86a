using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>Puts entry sets together from the entries of a directory. Of one listing.</summary>
internal sealed class FileEntrySetReader(FatReader reader)
{
    private readonly byte[] entries = new byte[FileEntrySet.MaximumCount * FileEntrySet.EntrySize];
    private long offset;
    private int awaited;
    private int length;

    /// <summary>Takes the next entry.</summary>
    /// <param name="slot">The entry.</param>
    /// <returns>The set that it completes; else null. Entries that belong to no file are passed over.</returns>
    /// <exception cref="InvalidFormatException">The set is damaged.</exception>
    public FileEntrySet? Add(DirectorySlot slot)
    {
        ReadOnlySpan<byte> entry = slot.Bytes.Span;
        if (awaited > 0)
        {
            if (!ExFatEntryType.IsSecondary(entry[0]))
            {
                throw Invalid(FormattableString.Invariant($"an entry of type 0x{entry[0]:X2} stands where {awaited} of its entries are missing"));
            }
        }
        else if (entry[0] == ExFatEntryType.File)
        {
            (offset, length, awaited) = (slot.Offset, 0, FileEntrySet.CountOf(entry));
            if (awaited == 0)
            {
                throw Invalid(FormattableString.Invariant($"it has {FileEntry.SecondaryCount(entry)} secondary entries"));
            }
        }
        else
        {
            return null;
        }

        entry.CopyTo(entries.AsSpan(length));
        length += FileEntrySet.EntrySize;
        if (--awaited > 0)
        {
            return null;
        }

        string? fault = FileEntrySet.TryRead(offset, entries.AsSpan(0, length), out FileEntrySet? set);
        return fault is null ? set : throw Invalid(fault);
    }

    /// <summary>Ends the directory.</summary>
    /// <exception cref="InvalidFormatException">The last set is not whole.</exception>
    public void End()
    {
        if (awaited > 0)
        {
            throw Invalid(FormattableString.Invariant($"the directory ends where {awaited} of its entries are missing"));
        }
    }

    private InvalidFormatException Invalid(string fact) => reader.Invalid(FileEntrySet.Structure, offset, fact, FileEntrySet.Section);
}
