using Portability.Disks.Blocks;
using Portability.Disks.Formats;

namespace Portability.Disks.Tests.Formats;

/// <summary>Files in memory whose calls fail as a plan says.</summary>
internal sealed class FaultyFiles(Func<BlockOperation, BlockFault> plan) : IDiskFiles
{
    public MemoryDiskFiles Sound { get; } = new();

    public string GetFullPath(string path, string? baseFile) => Sound.GetFullPath(path, baseFile);

    public bool Exists(string fullPath) => Sound.Exists(fullPath);

    public string GetCanonicalPath(string fullPath) => Sound.GetCanonicalPath(fullPath);

    public DateTimeOffset? GetModificationTime(string fullPath) => Sound.GetModificationTime(fullPath);

    public ValueTask<IBlockDevice> OpenAsync(string fullPath, DiskOpenOptions options, CancellationToken cancellationToken) =>
        Sound.OpenAsync(fullPath, options, cancellationToken);

    public ValueTask<IBlockDevice> OpenForWritingAsync(string fullPath, CancellationToken cancellationToken) =>
        Sound.OpenForWritingAsync(fullPath, cancellationToken);

    public async ValueTask<IResizableBlockDevice> CreateAsync(string fullPath, CancellationToken cancellationToken) =>
        new FaultInjectingBlockDevice(await Sound.CreateAsync(fullPath, cancellationToken), plan);
}
