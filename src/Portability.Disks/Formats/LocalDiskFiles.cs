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
    public bool Exists(string fullPath) => File.Exists(fullPath);

    /// <inheritdoc/>
    public string GetCanonicalPath(string fullPath) => File.ResolveLinkTarget(fullPath, returnFinalTarget: true)?.FullName ?? fullPath;

    /// <inheritdoc/>
    public ValueTask<IBlockDevice> OpenAsync(string fullPath, DiskOpenOptions options, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IBlockDevice>(FileBlockDevice.Open(fullPath));

    /// <inheritdoc/>
    public ValueTask<IResizableBlockDevice> CreateAsync(string fullPath, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IResizableBlockDevice>(FileBlockDevice.Create(fullPath));
}
