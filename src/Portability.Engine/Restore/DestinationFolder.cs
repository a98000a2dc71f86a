namespace Portability.Engine.Restore;

/// <summary>Makes the folder that images are restored to.</summary>
internal static class DestinationFolder
{
    /// <summary>Makes the folder, and those above it, where they are not there yet.</summary>
    /// <param name="path">Full path.</param>
    /// <exception cref="StorageException">
    /// `DestinationNotAFolder`: something else has that name, or one above it; `AccessDenied`; `DestinationUnusable`: no folder can be made there.
    /// </exception>
    public static void Make(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw From(path, exception);
        }
    }

    private static StorageException From(string path, Exception cause)
    {
        if (FindOther(path) is { } other)
        {
            return new StorageException(
                "DestinationNotAFolder",
                ErrorKind.InvalidInput,
                $"Failed to restore to '{path}': '{other}' is no folder.",
                "Give a folder, or a path where nothing is yet, to -DestinationPath; the images get their names from the workload.",
                path,
                innerException: cause);
        }

        return cause is UnauthorizedAccessException
            ? new StorageException(
                "AccessDenied",
                ErrorKind.Denied,
                $"Failed to restore to '{path}': access is denied.",
                "Grant this account the right with Set-Acl or chmod, or give another -DestinationPath.",
                path,
                innerException: cause)
            : new StorageException(
                "DestinationUnusable",
                ErrorKind.WriteFailed,
                $"Failed to restore to '{path}': no folder can be made there: {cause.Message.TrimEnd('.')}.",
                "Give another -DestinationPath: a folder that exists, or a shorter path on a medium that can be written.",
                path,
                innerException: cause);
    }

    /// <summary>What stands in the way: the path itself or one above it that is there and is no folder.</summary>
    private static string? FindOther(string path)
    {
        string? at = path;
        while (at is not null && !Path.Exists(at))
        {
            at = Path.GetDirectoryName(at);
        }

        return at is null || Directory.Exists(at) ? null : at;
    }
}
