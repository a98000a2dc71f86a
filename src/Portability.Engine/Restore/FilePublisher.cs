using Portability.Core.Native;

namespace Portability.Engine.Restore;

/// <summary>
/// Gives finished files their final names: durable, one atomic step a file, never replacing what is there unless told to. Until then
/// nothing of them is visible under those names.
/// </summary>
internal sealed class FilePublisher
{
    private readonly IFileSystemCalls calls;

    /// <summary>Initialises a publisher.</summary>
    /// <param name="calls">The file system's calls.</param>
    public FilePublisher(IFileSystemCalls calls) => this.calls = calls;

    /// <summary>Renames a flushed file within its folder.</summary>
    /// <param name="temporary">Full path of the finished file.</param>
    /// <param name="path">Full path that it shall have, in the same folder.</param>
    /// <param name="replace">True to replace atomically what has the name.</param>
    /// <exception cref="StorageException">`FileExists`, or the file system refused.</exception>
    public void Publish(string temporary, string path, bool replace)
    {
        try
        {
            if (replace)
            {
                File.Move(temporary, path, overwrite: true);
            }
            else
            {
                PublishNew(temporary, path);
            }

            calls.FlushFolder(Path.GetDirectoryName(path)!);
        }
        catch (FileCallException exception) when (exception.Error == FileCallError.Exists)
        {
            throw Exists(path, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed(path, exception);
        }
    }

    /// <summary>Makes the error for a name that is taken.</summary>
    /// <param name="path">The name.</param>
    /// <param name="innerException">The cause, if any.</param>
    internal static StorageException Exists(string path, Exception? innerException = null) => new(
        "FileExists",
        ErrorKind.Exists,
        $"Failed to write '{path}': the file exists already.",
        "Set -Force to replace it once the new file is whole, or choose another -DestinationPath.",
        path,
        innerException: innerException);

    /// <summary>Makes the error for a finished file that cannot get its name.</summary>
    /// <param name="path">The name.</param>
    /// <param name="cause">What the system said.</param>
    internal static StorageException Failed(string path, Exception cause) => new(
        "PublishFailed",
        cause is UnauthorizedAccessException ? ErrorKind.Denied : ErrorKind.WriteFailed,
        $"Failed to write '{path}': {cause.Message}",
        "Check the rights and the free space of the folder, then run Restore-WorkloadImage again.",
        path,
        innerException: cause);

    // A hard link decides on every file system that has them; the rename without replacing is for those that do not.
    private void PublishNew(string temporary, string path)
    {
        try
        {
            calls.Link(temporary, path);
        }
        catch (FileCallException exception) when (exception.Error is FileCallError.Unsupported or FileCallError.Denied)
        {
            calls.RenameNoReplace(temporary, path);
            return;
        }

        calls.Unlink(temporary);
    }
}
