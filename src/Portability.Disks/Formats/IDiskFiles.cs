using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>Where image files, their parents and their extent files are: the local file system, or memory in tests.</summary>
public interface IDiskFiles
{
    /// <summary>Full path of a path, relative ones taken from the folder of another file.</summary>
    /// <param name="path">Absolute or relative path, with `/` or, on Windows, `\`.</param>
    /// <param name="baseFile">Full path of the file whose folder relative paths start from, or null for the current folder.</param>
    string GetFullPath(string path, string? baseFile);

    /// <summary>Tells whether a file or block device is there.</summary>
    /// <param name="fullPath">Full path.</param>
    bool Exists(string fullPath);

    /// <summary>Path with links resolved, to tell whether two paths are one file.</summary>
    /// <param name="fullPath">Full path of an existing file.</param>
    string GetCanonicalPath(string fullPath);

    /// <summary>When a file's content was last changed.</summary>
    /// <param name="fullPath">Full path of an existing file.</param>
    /// <returns>UTC, or null if that is not known.</returns>
    DateTimeOffset? GetModificationTime(string fullPath);

    /// <summary>Opens a file or block device for reading.</summary>
    /// <param name="fullPath">Full path.</param>
    /// <param name="options">Whether a file in use is accepted.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The file's bytes; owned by the caller.</returns>
    /// <exception cref="StorageException">`FileNotFound`, `DiskInUse`, or the file cannot be read.</exception>
    ValueTask<IBlockDevice> OpenAsync(string fullPath, DiskOpenOptions options, CancellationToken cancellationToken);

    /// <summary>Opens an existing file or block device for reading and writing, alone.</summary>
    /// <param name="fullPath">Full path.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The file; owned by the caller.</returns>
    /// <exception cref="StorageException">`FileNotFound`, `DiskInUse`, or the file cannot be written.</exception>
    ValueTask<IBlockDevice> OpenForWritingAsync(string fullPath, CancellationToken cancellationToken);

    /// <summary>Makes a new, empty file for reading and writing.</summary>
    /// <param name="fullPath">Full path.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The file; owned by the caller.</returns>
    /// <exception cref="StorageException">`FileExists`, or the file cannot be made.</exception>
    ValueTask<IResizableBlockDevice> CreateAsync(string fullPath, CancellationToken cancellationToken);
}
