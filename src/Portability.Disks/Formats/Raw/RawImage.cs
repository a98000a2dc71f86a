using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Raw;

/// <summary>A raw image: the file's bytes are the disk's.</summary>
/// <param name="file">The file's bytes; owned from now on.</param>
/// <param name="path">Full path, or null.</param>
/// <param name="logicalSectorSize">Sector size in bytes.</param>
internal sealed class RawImage(IBlockDevice file, string? path, int logicalSectorSize) : DelegatingBlockDevice(file), IDiskImage
{
    /// <summary>Names of the variants.</summary>
    internal const string FileSubFormat = "File", DeviceSubFormat = "Device";

    /// <inheritdoc/>
    public override int LogicalSectorSize => logicalSectorSize;

    /// <inheritdoc/>
    public string FormatName => RawFormat.FormatName;

    /// <inheritdoc/>
    public string SubFormat => Inner is FileBlockDevice { IsBlockDevice: true } or AlignedBlockDevice ? DeviceSubFormat : FileSubFormat;

    /// <inheritdoc/>
    public string? Path => path;

    /// <inheritdoc/>
    public IReadOnlyList<string> Files { get; } = path is null ? [] : [path];

    /// <inheritdoc/>
    public long FileLength => Inner.Length;

    /// <inheritdoc/>
    public int PhysicalSectorSize => Math.Max(Inner is FileBlockDevice device ? device.PhysicalSectorSize : 0, logicalSectorSize);

    /// <inheritdoc/>
    public long BlockSize => 0;

    /// <inheritdoc/>
    public DiskIdentity Identity => DiskIdentity.None;

    /// <inheritdoc/>
    public IDiskImage? Parent => null;

    /// <inheritdoc/>
    public string? ParentLocator => null;

    /// <inheritdoc/>
    public IReadOnlyList<string> ToleratedDamage => [];

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> AllocatedInThisFileAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in Inner.QueryExtentsAsync(offset, length, cancellationToken).ConfigureAwait(false))
        {
            if (extent.Kind != ExtentKind.Hole)
            {
                yield return extent;
            }
        }
    }
}
