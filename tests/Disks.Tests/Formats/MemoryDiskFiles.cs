using System.Collections.Concurrent;
using Portability.Disks.Blocks;
using Portability.Disks.Formats;

namespace Portability.Disks.Tests.Formats;

/// <summary>Image files in memory, under paths that start with a slash.</summary>
internal sealed class MemoryDiskFiles : IDiskFiles
{
    private static readonly DateTimeOffset Modified = new(2020, 2, 2, 2, 2, 2, TimeSpan.Zero);

    public ConcurrentDictionary<string, MemoryBlockDevice> Files { get; } = new(StringComparer.Ordinal);

    public MemoryBlockDevice Add(string path, byte[] content) => Files[path] = new MemoryBlockDevice(content, path);

    public string GetFullPath(string path, string? baseFile) =>
        Path.GetFullPath(path, baseFile is null ? "/" : Path.GetDirectoryName(baseFile) ?? "/");

    public bool Exists(string fullPath) => Files.ContainsKey(fullPath);

    public string GetCanonicalPath(string fullPath) => fullPath;

    public DateTimeOffset? GetModificationTime(string fullPath) => Modified;

    public ValueTask<IBlockDevice> OpenAsync(string fullPath, DiskOpenOptions options, CancellationToken cancellationToken) =>
        Files.TryGetValue(fullPath, out MemoryBlockDevice? file)
            ? ValueTask.FromResult<IBlockDevice>(new ReadOnlyBlockDevice(file))
            : throw new StorageException("FileNotFound", ErrorKind.NotFound, $"Failed to open '{fullPath}': not there.", "Check the test.", fullPath);

    public ValueTask<IBlockDevice> OpenForWritingAsync(string fullPath, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IBlockDevice>(Files[fullPath]);

    public ValueTask<IResizableBlockDevice> CreateAsync(string fullPath, CancellationToken cancellationToken)
    {
        var file = new MemoryBlockDevice(0, name: fullPath);
        return Files.TryAdd(fullPath, file)
            ? ValueTask.FromResult<IResizableBlockDevice>(file)
            : throw new StorageException("FileExists", ErrorKind.Exists, $"Failed to create '{fullPath}': it is there.", "Check the test.", fullPath);
    }
}
