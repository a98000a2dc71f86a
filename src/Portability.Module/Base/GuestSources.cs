using System.Management.Automation;
using Portability.Engine.Files;

namespace Portability.Module;

/// <summary>Makes of what a user gave the disks of a machine.</summary>
internal static class GuestSources
{
    /// <summary>Images of one machine.</summary>
    /// <param name="session">The session, for its current folder.</param>
    /// <param name="paths">What was given.</param>
    /// <param name="isLiteral">True to take paths as they are written.</param>
    /// <param name="parents">Parents of differencing images.</param>
    /// <param name="format">Format; null to detect it.</param>
    /// <param name="allowInUse">True to read images that something has open.</param>
    /// <exception cref="StorageException">Nothing is there.</exception>
    public static GuestSource OfImages(SessionState session, string[] paths, bool isLiteral, string[] parents, ImageFormat? format, bool allowInUse) => new()
    {
        ImagePaths = [.. paths.SelectMany(path => isLiteral ? [FilePaths.Literal(session, path)] : FilePaths.Resolve(session, path))],
        ParentPaths = [.. parents.Select(parent => FilePaths.Literal(session, parent))],
        Format = format,
        AllowInUse = allowInUse,
    };

    /// <summary>Where a volume was found.</summary>
    /// <param name="volume">The volume.</param>
    public static GuestSource Of(WorkloadVolume volume) => volume.Snapshot.Id == Guid.Empty
        ? new GuestSource { ImagePaths = volume.ImagePath }
        : new GuestSource { Snapshot = volume.Snapshot };
}
