using System.Globalization;

namespace Portability.Core.Native;

/// <summary>Finds the process behind a lock: OFD locks belong to no process, but `/proc/PID/fdinfo` shows which open file has one.</summary>
internal static class LinuxLockHolders
{
    /// <summary>Looks for another process that has a file open with a lock on it.</summary>
    /// <param name="path">Full path.</param>
    /// <returns>Process id and name; 0 and null if none can be seen with this account's rights.</returns>
    public static (int ProcessId, string? Name) Find(string path)
    {
        string target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        string self = File.ResolveLinkTarget("/proc/self", returnFinalTarget: false)?.Name ?? string.Empty;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            string name = Path.GetFileName(process);
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !string.Equals(name, self, StringComparison.Ordinal) && Holds(process, target))
            {
                return (id, ReadOrNull(Path.Combine(process, "comm"))?.Trim());
            }
        }

        return (0, null);
    }

    private static bool Holds(string process, string target)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd"))
                .Where(link => string.Equals(new FileInfo(link).LinkTarget, target, StringComparison.Ordinal))
                .Any(link => ReadOrNull(Path.Combine(process, "fdinfo", Path.GetFileName(link)))?.Contains("lock:", StringComparison.Ordinal) == true);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false; // The process ended, or belongs to someone else: its files cannot be seen.
        }
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return null; // Gone since it was listed.
        }
    }
}
