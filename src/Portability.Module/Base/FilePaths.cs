using System.Collections.ObjectModel;
using System.Management.Automation;

namespace Portability.Module;

/// <summary>Turns what a user typed as a path into full paths of the file system.</summary>
internal static class FilePaths
{
    private const string FileSystem = "FileSystem";

    /// <summary>Resolves a path that may hold wildcards.</summary>
    /// <param name="session">The session, for its drives and its current folder.</param>
    /// <param name="path">The path.</param>
    /// <returns>Full paths of what is there; at least one unless the path holds wildcards.</returns>
    /// <exception cref="StorageException">Nothing is there, or it is not in the file system.</exception>
    public static IReadOnlyList<string> Resolve(SessionState session, string path)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path) || IsDevice(path))
        {
            return [Literal(session, path)];
        }

        try
        {
            Collection<string> found = session.Path.GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            return IsFileSystem(provider) ? found : throw NotAFile(path, provider.Name);
        }
        catch (SessionStateException error)
        {
            throw NotFound(path, error);
        }
    }

    /// <summary>Resolves a path as it is written.</summary>
    /// <param name="session">The session.</param>
    /// <param name="path">The path.</param>
    /// <returns>The full path; it need not exist.</returns>
    /// <exception cref="StorageException">The path is not in the file system.</exception>
    public static string Literal(SessionState session, string path)
    {
        if (IsDevice(path))
        {
            return path;
        }

        try
        {
            string full = session.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out PSDriveInfo _);
            return IsFileSystem(provider) ? full : throw NotAFile(path, provider.Name);
        }
        catch (SessionStateException error)
        {
            throw NotFound(path, error);
        }
    }

    /// <summary>Resolves the place of a parent image: it must be there, since nothing would tell later that it was not looked at.</summary>
    /// <param name="session">The session.</param>
    /// <param name="path">Path of the parent, or of the folder it lies in.</param>
    /// <returns>The full path.</returns>
    /// <exception cref="StorageException">`ParentNotFound`, or the path is not in the file system.</exception>
    public static string Parent(SessionState session, string path)
    {
        string full = Literal(session, path);
        return Path.Exists(full)
            ? full
            : throw new StorageException(
                "ParentNotFound",
                ErrorKind.NotFound,
                $"Failed to find parents at '{full}': there is no such file or folder.",
                "Give the parent's file or its folder to -ParentPath, or leave it out where the image tells the right place.",
                full);
    }

    private static bool IsFileSystem(ProviderInfo provider) =>
        string.Equals(provider.Name, FileSystem, StringComparison.OrdinalIgnoreCase);

    // Windows' device names mean nothing to PowerShell's drives.
    private static bool IsDevice(string path) => path.StartsWith(@"\\.\", StringComparison.Ordinal);

    private static StorageException NotFound(string path, SessionStateException error) => new(
        "PathNotFound", ErrorKind.NotFound, $"Failed to resolve '{path}': {error.Message}", "Check the path with Test-Path -LiteralPath.", path, innerException: error);

    private static StorageException NotAFile(string path, string provider) => new(
        "PathNotInFileSystem",
        ErrorKind.InvalidInput,
        $"Failed to resolve '{path}': it belongs to the provider {provider}, not to the file system.",
        "Give a path of the file system, such as Get-Item shows as FullName.",
        path);
}
