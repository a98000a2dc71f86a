using System.Buffers.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>Grain directory of a sparse extent: the sector of each grain table, 0 where there is none.</summary>
/// <remarks>VMware Virtual Disk Format 5.0, "Grain Directories and Grain Tables". Four bytes an entry, little-endian.</remarks>
internal static class VmdkGrainDirectory
{
    private const int EntrySize = 4;
    private const int SectorSize = VmdkSparseHeader.SectorSize;

    /// <summary>Reads the directory; where the first copy leads outside the file, the redundant one stands in and that is reported.</summary>
    /// <param name="file">The extent's file.</param>
    /// <param name="header">A header that was checked, with the place of the directory.</param>
    /// <param name="context">Where damage is reported.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">No copy is sound.</exception>
    public static async ValueTask<uint[]> ReadAsync(IBlockDevice file, VmdkSparseHeader header, DiskOpenContext context, CancellationToken cancellationToken)
    {
        uint[]? first = await ReadCopyAsync(file, header, header.DirectorySector, cancellationToken).ConfigureAwait(false);
        int bad = first is null ? 0 : FindBad(first, header, file.Length);
        if (first is not null && bad < 0)
        {
            return first;
        }

        uint[]? second = header.HasRedundantDirectory
            ? await ReadCopyAsync(file, header, header.RedundantDirectorySector, cancellationToken).ConfigureAwait(false)
            : null;
        string fact = first is null
            ? FormattableString.Invariant($"its {header.DirectoryEntries} entries at sector {header.DirectorySector} lie outside the file's {file.Length} bytes")
            : FormattableString.Invariant($"entry {bad} names a grain table at sector {first[bad]}, outside the file's {file.Length} bytes");
        if (second is null || FindBad(second, header, file.Length) >= 0)
        {
            long offset = header.DirectorySector > (ulong)(file.Length / SectorSize) ? -1 : (long)header.DirectorySector * SectorSize;
            throw VmdkErrors.Invalid("grain directory", offset, fact, file.Name);
        }

        context.ReportDamage($"The grain directory of '{file.Name}' is damaged, the redundant one was used: {fact}.");
        return second;
    }

    private static async ValueTask<uint[]?> ReadCopyAsync(IBlockDevice file, VmdkSparseHeader header, ulong sector, CancellationToken cancellationToken)
    {
        long bytes = (long)header.DirectoryEntries * EntrySize;
        if (sector == 0 || sector > (ulong)(file.Length / SectorSize) || bytes > file.Length - ((long)sector * SectorSize))
        {
            return null;
        }

        byte[] source = new byte[bytes];
        await file.ReadAsync((long)sector * SectorSize, source, cancellationToken).ConfigureAwait(false);
        uint[] entries = new uint[header.DirectoryEntries];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = BinaryPrimitives.ReadUInt32LittleEndian(source.AsSpan(i * EntrySize));
        }

        return entries;
    }

    private static int FindBad(uint[] entries, VmdkSparseHeader header, long fileLength)
    {
        long last = fileLength - (header.TableEntries * EntrySize);
        return Array.FindIndex(entries, entry => entry != 0 && (long)entry * SectorSize > last);
    }
}
