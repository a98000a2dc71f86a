using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>The path of a store's folder in the forms that are needed.</summary>
internal static class DirectoryRoot
{
    /// <summary>Makes the folder, and those above it, durably.</summary>
    /// <exception cref="FileCallException">It cannot be made.</exception>
    public static void Create(string location, IFileSystemCalls calls)
    {
        string? parent = Path.GetDirectoryName(location);
        if (parent is null || calls.Stat(ForCalls(Resolve(location))) is not null)
        {
            return;
        }

        Create(parent, calls);
        try
        {
            calls.CreateFolder(ForCalls(location));
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.Exists)
        {
            return; // whoever was first flushes it
        }

        calls.FlushFolder(ForCalls(Resolve(parent)));
    }

    /// <summary>Follows links, so that mounts are judged where the files are.</summary>
    public static string Resolve(string location)
    {
        for (string? at = location; at is not null; at = Path.GetDirectoryName(at))
        {
            if (Directory.Exists(at) && Directory.ResolveLinkTarget(at, returnFinalTarget: true) is { } target)
            {
                return Resolve(Path.Join(target.FullName, location.AsSpan(at.Length)));
            }
        }

        return location;
    }

    /// <summary>The form that file system calls take: on Windows without the limit of 260 characters.</summary>
    public static string ForCalls(string root)
    {
        if (!OperatingSystem.IsWindows() || root.StartsWith(@"\\?\", StringComparison.Ordinal))
        {
            return root;
        }

        return root.StartsWith(@"\\", StringComparison.Ordinal) ? string.Concat(@"\\?\UNC", root.AsSpan(1)) : @"\\?\" + root;
    }
}
