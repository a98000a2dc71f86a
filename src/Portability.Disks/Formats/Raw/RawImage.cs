using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Raw;

/// <summary>A raw image: the file's bytes are the disk's.</summary>
/// <param name="file">The file's bytes; owned from now on.</param>
/// <param name="path">Full path, or null.</param>
/// <param name="logicalSectorSize">Sector size in bytes.</param>
internal sealed class RawImage(IBlockDevice file, string? path, int logicalSectorSize) : DelegatingBlockDevice(file), IDiskImage
{
    /// <inheritdoc/>
    public override int LogicalSectorSize => logicalSectorSize;

    /// <inheritdoc/>
    public string FormatName => RawFormat.FormatName;

    /// <inheritdoc/>
    public string SubFormat => "Sparse";

    /// <inheritdoc/>
    public string? Path => path;

    /// <inheritdoc/>
    public IReadOnlyList<string> Files { get; } = path is null ? [] : [path];

    /// <inheritdoc/>
    public long FileLength => Inner.Length;

    /// <inheritdoc/>
    public int PhysicalSectorSize => logicalSectorSize;

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
