using System.Text;

namespace Portability.FileSystems.Tree;

/// <summary>A line of a table of mounts.</summary>
/// <param name="Device">What is mounted, as written: `UUID=...`, `/dev/sda1`, a path.</param>
/// <param name="MountPoint">Where, without a slash at its end.</param>
/// <param name="Type">File system.</param>
/// <param name="Options">Options, separated by commas.</param>
public sealed record MountEntry(string Device, string MountPoint, string Type, string Options)
{
    private const int MaximumEntries = 4096;

    /// <summary>Reads a table.</summary>
    /// <param name="text">The table.</param>
    /// <returns>Its entries in order; lines that are none are left out.</returns>
    /// <remarks>fstab(5): fields apart by blanks, `\040` and the like for bytes that would be blanks, `#` at the start of a comment.</remarks>
    public static IReadOnlyList<MountEntry> ReadAll(string text)
    {
        var entries = new List<MountEntry>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || fields[0].StartsWith('#') || entries.Count == MaximumEntries)
            {
                continue;
            }

            string point = Unescape(fields[1]);
            entries.Add(new MountEntry(
                Unescape(fields[0]).Trim('"'), point.Length > 1 ? point.TrimEnd('/') : point, fields.Length > 2 ? fields[2] : string.Empty, fields.Length > 3 ? fields[3] : string.Empty));
        }

        return entries;
    }

    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (int at = 0; at < field.Length; at++)
        {
            if (field[at] == '\\' && at + 3 < field.Length && field.AsSpan(at + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((field[at + 1] - '0') << 6) | ((field[at + 2] - '0') << 3) | (field[at + 3] - '0')));
                at += 3;
            }
            else
            {
                text.Append(field[at]);
            }
        }

        return text.ToString();
    }
}
