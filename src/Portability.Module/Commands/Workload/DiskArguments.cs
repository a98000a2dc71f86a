using System.Management.Automation;
using Portability.Engine.Snapshots;

namespace Portability.Module.Commands;

/// <summary>Turns the paths of disks that a user typed into what the engine captures.</summary>
internal static class DiskArguments
{
    /// <summary>Makes the list of disks: boot disks first, then those whose partitions decide, then data disks.</summary>
    /// <param name="session">The session, for its drives and its current folder.</param>
    /// <param name="boot">Disks needed to boot.</param>
    /// <param name="open">Disks whose role their partition tables decide.</param>
    /// <param name="data">All other disks.</param>
    /// <param name="parent">Where parents are, or empty.</param>
    /// <param name="format">Format of all of them, or null to detect it.</param>
    /// <returns>The disks; empty when none is given.</returns>
    public static DiskSourceOptions[] Make(SessionState session, string[] boot, string[] open, string[] data, string parent, ImageFormat? format)
    {
        string parentPath = parent.Length == 0 ? string.Empty : FilePaths.Parent(session, parent);
        return
        [
            .. boot.Select(path => Disk(path, DiskRole.Boot)),
            .. open.Select(path => Disk(path, role: null)),
            .. data.Select(path => Disk(path, DiskRole.Data)),
        ];

        DiskSourceOptions Disk(string path, DiskRole? role) =>
            new() { Path = FilePaths.Literal(session, path), Role = role, ParentPath = parentPath, Format = format?.ToString() ?? string.Empty };
    }
}
