using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>An extent whose bytes lie in a file as they are.</summary>
/// <param name="start">Where it begins on the disk, in bytes.</param>
/// <param name="length">Length in bytes.</param>
/// <param name="file">The file; its length has been checked.</param>
/// <param name="fileOffset">Where it begins in the file, in bytes.</param>
internal sealed class VmdkFlatExtent(long start, long length, IBlockDevice file, long fileOffset) : VmdkExtent(start, length, file)
{
    /// <inheritdoc/>
    public override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new MappedRun(Length - offset, MappedRunKind.Stored, fileOffset + offset));
}
