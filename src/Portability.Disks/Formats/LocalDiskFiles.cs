using Portability.Core.Native;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>Image files on the local file system, and block devices.</summary>
public sealed class LocalDiskFiles : IDiskFiles
{
    private LocalDiskFiles()
    {
    }

    /// <summary>The one instance.</summary>
    public static LocalDiskFiles Instance { get; } = new();

    /// <inheritdoc/>
    public string GetFullPath(string path, string? baseFile) =>
        baseFile is null ? Path.GetFullPath(path) : Path.GetFullPath(path, Path.GetDirectoryName(baseFile) ?? baseFile);

    /// <inheritdoc/>
    public bool Exists(string fullPath) => NativeStorage.Current.IsFileOrDevice(fullPath);

    /// <inheritdoc/>
    public string GetCanonicalPath(string fullPath) => File.ResolveLinkTarget(fullPath, returnFinalTarget: true)?.FullName ?? fullPath;

    /// <inheritdoc/>
    public DateTimeOffset? GetModificationTime(string fullPath) => new DateTimeOffset(File.GetLastWriteTimeUtc(fullPath), TimeSpan.Zero);

    /// <inheritdoc/>
    public ValueTask<IBlockDevice> OpenAsync(string fullPath, DiskOpenOptions options, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckExists(fullPath);
        return ValueTask.FromResult(Align(FileBlockDevice.Open(fullPath, options.AllowInUse)));
    }

    /// <inheritdoc/>
    public ValueTask<IBlockDevice> OpenForWritingAsync(string fullPath, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckExists(fullPath);
        return ValueTask.FromResult(Align(FileBlockDevice.OpenForWriting(fullPath)));
    }

    /// <inheritdoc/>
    public ValueTask<IResizableBlockDevice> CreateAsync(string fullPath, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult<IResizableBlockDevice>(FileBlockDevice.Create(fullPath));
    }

    private static IBlockDevice Align(FileBlockDevice device) => device.Alignment > 1 ? new AlignedBlockDevice(device, device.Alignment) : device;

    private void CheckExists(string fullPath)
    {
        if (Exists(fullPath))
        {
            return;
        }

        // A link to something that is not there is no file either, and is told as such.
        throw Path.Exists(fullPath)
            ? new StorageException(
                "NotAFile",
                ErrorKind.InvalidInput,
                $"Failed to open '{fullPath}': it is {(Directory.Exists(fullPath) ? "a folder" : "a pipe, a socket or a character device, and no disk")}.",
                "Name a disk image or a block device.",
                fullPath)
            : StorageErrors.From("open", fullPath, new FileNotFoundException());
    }
}
