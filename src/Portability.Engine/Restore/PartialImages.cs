using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Portability.Core.Native;

namespace Portability.Engine.Restore;

/// <summary>
/// Files of images that are not whole yet, beside the names they will get. A restore that was killed, or cut off from power, leaves them; the next
/// one to the same folder removes them. Whether a restore lives is asked of the system: it holds a lock on each of its files as long as it runs.
/// </summary>
internal static class PartialImages
{
    /// <summary>End of every hidden name, before the extension.</summary>
    public const string Suffix = ".partial";

    private const int IdLength = 32, IdEnd = 1 + IdLength;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // Links are nobody's image. Hidden is what all of them are.
    private static readonly EnumerationOptions Listed = new() { AttributesToSkip = FileAttributes.ReparsePoint };

    // A file is made first and locked next. One that was never written may lie between the two.
    private static readonly TimeSpan LongestUnlocked = TimeSpan.FromHours(1);

    // Locks may hold on one machine only; a restore writes all the time.
    private static readonly TimeSpan LongestUnwrittenElsewhere = TimeSpan.FromDays(1);

    /// <summary>Name of an image until it is whole.</summary>
    /// <param name="id">A fresh random id; the names of all files of one image begin with it.</param>
    /// <param name="finalName">Name that the image will get.</param>
    public static string NameOf(Guid id, string finalName) => $".{id:N}{Suffix}{Path.GetExtension(finalName)}";

    /// <summary>The same error, told of the name that the user knows.</summary>
    /// <param name="error">What was thrown for the hidden file.</param>
    /// <param name="hidden">Its full path.</param>
    /// <param name="path">Full path that the image would get.</param>
    public static PortabilityException Named(PortabilityException error, string hidden, string path)
    {
        string message = error.Message.Replace(hidden, path, StringComparison.Ordinal);
        return error is UnsupportedFeatureException
            ? new UnsupportedFeatureException(error.ErrorId, error.Kind, message, error.RecommendedAction, path, error.IsTransient, error)
            : new StorageException(error.ErrorId, error.Kind, message, error.RecommendedAction, path, error.IsTransient, error);
    }

    /// <summary>Keeps a file from looking left behind while nobody has it open for writing any more and it waits for its name.</summary>
    /// <param name="path">Full path of the file, written and flushed.</param>
    /// <returns>The hold; owned by the caller. Renaming and removing go on under it.</returns>
    public static SafeFileHandle Hold(string path)
    {
        SafeFileHandle hold = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        // Whoever else has it was there before: the image itself. What counts are the locks.
        NativeStorage.Current.Claim(hold, path, writable: false);
        return hold;
    }

    /// <summary>Removes what restores left in a folder that run no more. What cannot be judged or removed stays, for the next time.</summary>
    /// <param name="folder">Full path of the folder.</param>
    /// <param name="now">The time, UTC.</param>
    /// <param name="observer">Hears of each file that was removed.</param>
    public static void RemoveLeftBehind(string folder, DateTimeOffset now, IOperationObserver observer)
    {
        FileInfo[] found = [.. List(folder)];
        if (found.Length == 0)
        {
            return;
        }

        bool isShared = IsShared(folder);
        foreach (IGrouping<string, FileInfo> image in found.GroupBy(file => file.Name[..IdEnd], StringComparer.Ordinal))
        {
            if (IsLeftBehind([.. image], isShared, now))
            {
                Remove(image, observer);
            }
        }
    }

    private static IEnumerable<FileInfo> List(string folder)
    {
        try
        {
            return [.. new DirectoryInfo(folder).EnumerateFiles(".*" + Suffix + "*", Listed)
                .Where(file => IsName(file.Name) && NativeStorage.Current.IsFileOrDevice(file.FullName) && !NativeStorage.Current.IsBlockDevice(file.FullName))];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // A folder that cannot be listed may still be written to.
        }
    }

    // All files of an image are asked: the first may be closed while the next is written.
    private static bool IsLeftBehind(FileInfo[] files, bool isShared, DateTimeOffset now)
    {
        var taken = new List<SafeFileHandle>(files.Length);
        try
        {
            foreach (FileInfo file in files)
            {
                SafeFileHandle handle = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                taken.Add(handle);
                if (NativeStorage.Current.Claim(handle, file.FullName, writable: true) is not null)
                {
                    return false;
                }

                file.Refresh();
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // Held by a restore that runs, or not ours to judge.
        }
        finally
        {
            taken.ForEach(handle => handle.Dispose());
        }

        TimeSpan unwritten = now.UtcDateTime - files.Max(file => file.LastWriteTimeUtc);
        return (files.Any(file => file.Length > 0) || unwritten > LongestUnlocked) && (!isShared || unwritten > LongestUnwrittenElsewhere);
    }

    private static void Remove(IEnumerable<FileInfo> files, IOperationObserver observer)
    {
        foreach (FileInfo file in files)
        {
            long length = file.Length;
            try
            {
                file.Delete();
                observer.OnVerbose($"Removed '{file.FullName}' ({ByteSize.Text(length)}), which a restore left that was cut off.");
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                observer.OnWarning($"'{file.FullName}', which a restore left that was cut off, cannot be removed: {exception.Message}");
            }
        }
    }

    private static bool IsShared(string folder)
    {
        try
        {
            return new DriveInfo(folder).DriveType is not (DriveType.Fixed or DriveType.Removable or DriveType.Ram);
        }
        catch (ArgumentException)
        {
            return true; // A share's path on Windows is no drive.
        }
    }

    private static bool IsName(string name) =>
        name.StartsWith('.')
        && name.Length >= IdEnd + Suffix.Length
        && name.AsSpan(1, IdLength).IndexOfAnyExcept(HexDigits) < 0
        && name.AsSpan(IdEnd).StartsWith(Suffix, StringComparison.Ordinal)
        && (name.Length == IdEnd + Suffix.Length || name[IdEnd + Suffix.Length] is '.' or '-');
}
