using System.Diagnostics;
using System.Globalization;

namespace Portability.Engine.Operations;

/// <summary>Names the process that holds a lease, so that another one on the same machine can tell whether it still runs.</summary>
/// <remarks>FORMAT.md, section 13, "holder". What names the start must not change when the clock is set.</remarks>
internal static class LeaseHolder
{
    private const char Separator = '/';

    // proc_pid_stat(5): starttime is field 22; the name, field 2, is in brackets and may hold anything.
    private const int FirstFieldAfterName = 3;
    private const int StartTimeField = 22;

    /// <summary>This process: machine, process id, start.</summary>
    public static string Describe()
    {
        using Process own = Process.GetCurrentProcess();
        long start = TryReadStart(own) ?? 0;
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}{Separator}{own.Id}{Separator}{start}");
    }

    /// <summary>Tells that a holder was a process of this machine and runs no more; false for all else, and where it cannot be told.</summary>
    /// <param name="holder">What <see cref="Describe"/> gave there.</param>
    public static bool IsDead(string holder)
    {
        string[] parts = holder.Split(Separator);
        if (parts.Length != 3
            || !string.Equals(parts[0], Environment.MachineName, StringComparison.Ordinal)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long started))
        {
            return false;
        }

        try
        {
            using Process process = Process.GetProcessById(id);
            return started != 0 && TryReadStart(process) is { } start && start != started;
        }
        catch (ArgumentException)
        {
            return true; // no such process
        }
    }

    /// <summary>The start in the system's own unit; null where it cannot be read.</summary>
    private static long? TryReadStart(Process process)
    {
        try
        {
            return OperatingSystem.IsLinux() ? TryReadTicks(process.Id) : process.StartTime.ToFileTimeUtc();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null; // another user's, hidden, or just gone
        }
    }

    // Process.StartTime is counted from the clock of now, so that it moves when the clock is set; the ticks since the machine started do not.
    private static long? TryReadTicks(int id)
    {
        string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > StartTimeField - FirstFieldAfterName
            && long.TryParse(fields[StartTimeField - FirstFieldAfterName], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)
            ? ticks
            : null;
    }
}
