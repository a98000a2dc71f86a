using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>
/// An open disk image. As a block device it is the disk as its guest sees it, parents included. Disposing it disposes its files
/// and its parents.
/// </summary>
public interface IDiskImage : IBlockDevice
{
    /// <summary>Format's name, such as `VHDX`.</summary>
    string FormatName { get; }

    /// <summary>Variant in the format's words, such as `Fixed`, `Dynamic`, `Differencing`, `streamOptimized`.</summary>
    string SubFormat { get; }

    /// <summary>Full path of the image, or null when it was not opened by path.</summary>
    string? Path { get; }

    /// <summary>Full paths of all files of this image itself, parents left out; empty when it was not opened by path.</summary>
    IReadOnlyList<string> Files { get; }

    /// <summary>Length of the image's own files together, in bytes.</summary>
    long FileLength { get; }

    /// <summary>Sector size of the medium that the disk reports to its guest, in bytes: 512 or 4096.</summary>
    int PhysicalSectorSize { get; }

    /// <summary>Unit in which the format allocates, in bytes, or 0 when it does not.</summary>
    long BlockSize { get; }

    /// <summary>Ids that tell this disk and this state of it from others.</summary>
    DiskIdentity Identity { get; }

    /// <summary>The parent that this image takes its remaining bytes from, or null. Owned by this image.</summary>
    IDiskImage? Parent { get; }

    /// <summary>Where the image says its parent is, as stored in it, or null when it has none.</summary>
    string? ParentLocator { get; }

    /// <summary>Damage that was met and tolerated, one sentence each; empty for a sound image.</summary>
    IReadOnlyList<string> ToleratedDamage { get; }

    /// <summary>
    /// Lists the extents of a range that this image's own files decide: stored here, or marked here as zeros. What is taken from
    /// the parent is left out, and so is what neither has. In order; neighbours of equal kind may be told apart.
    /// </summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    IAsyncEnumerable<BlockExtent> AllocatedInThisFileAsync(long offset, long length, CancellationToken cancellationToken);
}
