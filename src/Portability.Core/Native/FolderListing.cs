using System.IO.Enumeration;

namespace Portability.Core.Native;

/// <summary>Lists a folder through the runtime's enumeration, which is one call for many names on both platforms.</summary>
internal static class FolderListing
{
    private static readonly EnumerationOptions Options = new()
    {
        AttributesToSkip = FileAttributes.None,
        IgnoreInaccessible = false,
        MatchType = MatchType.Simple,
        RecurseSubdirectories = false,
        ReturnSpecialDirectories = false,
    };

    /// <summary>Reads all entries.</summary>
    /// <param name="path">Path of the folder.</param>
    /// <param name="calls">Asked about empty files: a file that vanished meanwhile, and a pipe, look like one.</param>
    /// <exception cref="FileCallException">The folder cannot be read.</exception>
    public static IReadOnlyList<FolderEntry> Read(string path, IFileSystemCalls calls)
    {
        try
        {
            var found = new FileSystemEnumerable<FolderEntry>(path, Transform, Options);
            return [.. found.Select(entry => Confirm(entry, path, calls)).OfType<FolderEntry>()];
        }
        catch (Exception exception) when (exception is (IOException or UnauthorizedAccessException) and not FileCallException)
        {
            FileCallError error = exception switch
            {
                DirectoryNotFoundException or FileNotFoundException => FileCallError.NotFound,
                UnauthorizedAccessException => FileCallError.Denied,
                _ when OperatingSystem.IsLinux() => LinuxFileErrors.Classify(exception.HResult),
                _ => WindowsErrors.Classify(exception.HResult & 0xFFFF),
            };
            throw new FileCallException(error, "list", path, exception.HResult, exception);
        }
    }

    private static FolderEntry? Confirm(FolderEntry entry, string path, IFileSystemCalls calls)
    {
        if (entry is not { Kind: FileKind.File, Length: 0 })
        {
            return entry;
        }

        return calls.Stat(Path.Join(path, entry.Name)) is { } status ? new FolderEntry(entry.Name, status.Kind, status.Length) : null;
    }

    private static FolderEntry Transform(ref FileSystemEntry entry)
    {
        FileKind kind = entry.Attributes.HasFlag(FileAttributes.ReparsePoint) ? FileKind.Other
            : entry.IsDirectory ? FileKind.Folder
            : entry.Attributes.HasFlag(FileAttributes.Device) ? FileKind.Other
            : FileKind.File;
        return new FolderEntry(entry.FileName.ToString(), kind, kind == FileKind.File ? entry.Length : 0);
    }
}
