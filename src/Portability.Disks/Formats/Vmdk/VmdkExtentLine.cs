using System.Globalization;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>A line of a descriptor that describes an extent.</summary>
/// <remarks>VMware Virtual Disk Format 5.0, "The Extent Description".</remarks>
/// <param name="Access">`RW`, `RDONLY` or `NOACCESS`.</param>
/// <param name="Sectors">Size in sectors of 512 bytes.</param>
/// <param name="Type">`FLAT`, `SPARSE`, `ZERO` and others.</param>
/// <param name="File">File name as stored; empty for `ZERO`.</param>
/// <param name="Offset">Where a flat extent begins in its file, in sectors.</param>
internal sealed record VmdkExtentLine(string Access, long Sectors, string Type, string File, long Offset)
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">The line, trimmed.</param>
    /// <returns>The extent, or null if the line does not describe one.</returns>
    /// <exception cref="InvalidFormatException">The line begins like an extent but does not go on like one.</exception>
    public static VmdkExtentLine? TryParse(string line)
    {
        string[] words = line.Split((char[]?)null, 4, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || words[0] is not ("RW" or "RDONLY" or "NOACCESS"))
        {
            return null;
        }

        if (words.Length < 3
            || !long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long sectors)
            || sectors > long.MaxValue / VmdkSparseHeader.SectorSize)
        {
            throw Malformed(line);
        }

        string rest = words.Length > 3 ? words[3] : string.Empty;
        if (rest.Length == 0)
        {
            return new VmdkExtentLine(words[0], sectors, words[2], string.Empty, 0);
        }

        int end = rest[0] == '"' ? rest.IndexOf('"', 1) : -1;
        if (end < 0)
        {
            throw Malformed(line);
        }

        string[] after = rest[(end + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        long offset = 0;
        if (after.Length > 0
            && (!long.TryParse(after[0], NumberStyles.None, CultureInfo.InvariantCulture, out offset) || offset > long.MaxValue / VmdkSparseHeader.SectorSize))
        {
            throw Malformed(line);
        }

        return new VmdkExtentLine(words[0], sectors, words[2], rest[1..end], offset);
    }

    private static InvalidFormatException Malformed(string line) =>
        VmdkErrors.Invalid("descriptor", -1, $"the extent line '{(line.Length > 200 ? line[..200] : line)}' cannot be read", target: null);
}
