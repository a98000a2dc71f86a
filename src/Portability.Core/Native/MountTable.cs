using System.Globalization;
using System.Text;

namespace Portability.Core.Native;

/// <summary>The mounts of this process (proc_pid_mountinfo(5)).</summary>
public sealed class MountTable
{
    private const int FieldsBeforeOptional = 6;
    private readonly List<MountEntry> entries = [];

    private MountTable()
    {
    }

    /// <summary>The mounts, in the order in which the kernel lists them.</summary>
    public IReadOnlyList<MountEntry> Entries => entries;

    /// <summary>Reads the table of this process, empty where there is none.</summary>
    public static MountTable ReadOwn()
    {
        const string Path = "/proc/self/mountinfo";
        return Parse(File.Exists(Path) ? File.ReadAllText(Path) : string.Empty);
    }

    /// <summary>Parses a table; lines that do not follow the form are passed over.</summary>
    /// <param name="text">The table's text.</param>
    public static MountTable Parse(string text)
    {
        var table = new MountTable();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(' ');
            int separator = Array.IndexOf(fields, "-", Math.Min(FieldsBeforeOptional, fields.Length));
            if (separator < 0 || fields.Length < separator + 4
                || !ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong id))
            {
                continue;
            }

            HashSet<string> options = new(StringComparer.Ordinal);
            options.UnionWith(fields[5].Split(','));
            options.UnionWith(fields[separator + 3].Split(','));
            table.entries.Add(new MountEntry(id, Unescape(fields[4]), fields[separator + 1], Unescape(fields[separator + 2]), options));
        }

        return table;
    }

    /// <summary>Finds the mount that a path lies on, or null.</summary>
    /// <param name="mountId">The mount's number as the file system told it, or 0 if it did not.</param>
    /// <param name="path">Absolute path with all links resolved; asked only when there is no number.</param>
    public MountEntry? Find(ulong mountId, string path)
    {
        if (mountId != 0)
        {
            return entries.Find(entry => entry.Id == mountId);
        }

        MountEntry? best = null;
        foreach (MountEntry entry in entries)
        {
            // A later mount at the same place covers the earlier one.
            if (Covers(entry.MountPoint, path) && (best is null || entry.MountPoint.Length >= best.MountPoint.Length))
            {
                best = entry;
            }
        }

        return best;
    }

    private static bool Covers(string mountPoint, string path) =>
        mountPoint is "/" || (path.StartsWith(mountPoint, StringComparison.Ordinal) && (path.Length == mountPoint.Length || path[mountPoint.Length] == '/'));

    /// <summary>Space, tab, line feed and backslash are written as a backslash and three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder();
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
