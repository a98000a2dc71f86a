using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>One of the pieces a disk consists of, one behind the other.</summary>
/// <param name="start">Where it begins on the disk, in bytes.</param>
/// <param name="length">Length in bytes.</param>
/// <param name="file">The file that holds it, or null; owned by the image.</param>
internal abstract class VmdkExtent(long start, long length, IBlockDevice? file)
{
    /// <summary>Where it begins on the disk, in bytes.</summary>
    public long Start => start;

    /// <summary>Length in bytes.</summary>
    public long Length => length;

    /// <summary>The file that holds it, or null.</summary>
    public IBlockDevice? File => file;

    /// <summary>Unit of allocation in bytes, or 0.</summary>
    public virtual int GrainSize => 0;

    /// <summary>Tells where a run of bytes comes from.</summary>
    /// <param name="offset">Offset in the extent, in bytes.</param>
    /// <param name="length">Bytes of interest.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public abstract ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>Reads compressed bytes.</summary>
    /// <param name="offset">Offset in the extent, in bytes.</param>
    /// <param name="buffer">Buffer to fill.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public virtual ValueTask ReadEncodedAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The extent has no encoded runs.");
}
