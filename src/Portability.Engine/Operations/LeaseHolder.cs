using System.Diagnostics;
using System.Globalization;

namespace Portability.Engine.Operations;

/// <summary>Names the process that holds a lease, so that another one on the same machine can tell whether it still runs.</summary>
internal static class LeaseHolder
{
    private const char Separator = '/';

    /// <summary>This process: machine, process id, start.</summary>
    public static string Describe()
    {
        using Process own = Process.GetCurrentProcess();
        return string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}{Separator}{own.Id}{Separator}{own.StartTime.ToUniversalTime().Ticks}");
    }

    /// <summary>Tells that a holder was a process of this machine and runs no more; false for all else.</summary>
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
            return Math.Abs(process.StartTime.ToUniversalTime().Ticks - started) > TimeSpan.TicksPerSecond;
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            return true;
        }
    }
}
