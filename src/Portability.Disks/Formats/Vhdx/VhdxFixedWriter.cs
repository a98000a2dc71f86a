using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>A new fixed VHDX: the blocks follow each other, so the disk's bytes are one run of the file.</summary>
/// <param name="file">The file, its tables written; owned from now on.</param>
/// <param name="path">Full path.</param>
/// <param name="header">The header.</param>
/// <param name="metadata">The metadata.</param>
/// <param name="dataOffset">Offset of the first block in the file, in bytes.</param>
internal sealed class VhdxFixedWriter(IBlockDevice file, string path, VhdxHeader header, VhdxMetadata metadata, long dataOffset)
    : DiskImage(file, path, parent: null)
{
    /// <inheritdoc/>
    public override long Length => (long)metadata.Length;

    /// <inheritdoc/>
    public override int LogicalSectorSize => (int)metadata.LogicalSectorSize;

    /// <inheritdoc/>
    public override int PhysicalSectorSize => (int)metadata.PhysicalSectorSize;

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => File.Capabilities;

    /// <inheritdoc/>
    public override string FormatName => VhdxFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => VhdxFormat.Fixed;

    /// <inheritdoc/>
    public override long BlockSize => metadata.BlockSize;

    /// <inheritdoc/>
    public override DiskIdentity Identity => VhdxFormat.IdentityOf(header, metadata, VhdxFormat.Creator);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        return File.WriteAsync(dataOffset + offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return File.ZeroAsync(dataOffset + offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return File.TrimAsync(dataOffset + offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken) => File.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new MappedRun(Length - offset, MappedRunKind.Stored, dataOffset + offset));
}
