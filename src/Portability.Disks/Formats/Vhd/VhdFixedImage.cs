using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhd;

/// <summary>A fixed VHD, read or new: the disk's bytes, then the footer.</summary>
internal sealed class VhdFixedImage : DiskImage
{
    private readonly VhdFooter footer;
    private readonly bool writable;

    /// <summary>Initialises an image.</summary>
    /// <param name="file">The file; owned from now on. Its length has been checked.</param>
    /// <param name="path">Full path, or null.</param>
    /// <param name="footer">The footer.</param>
    /// <param name="writable">True for a new image.</param>
    public VhdFixedImage(IBlockDevice file, string? path, VhdFooter footer, bool writable)
        : base(file, path, parent: null)
    {
        this.footer = footer;
        this.writable = writable;
    }

    /// <inheritdoc/>
    public override long Length => (long)footer.CurrentSize;

    /// <inheritdoc/>
    public override int LogicalSectorSize => VhdFooter.SectorSize;

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => writable ? File.Capabilities : BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public override string FormatName => VhdFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => nameof(VhdDiskType.Fixed);

    /// <inheritdoc/>
    public override DiskIdentity Identity => VhdFormat.IdentityOf(footer, parentId: null);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        return writable ? File.WriteAsync(offset, buffer, cancellationToken) : base.WriteAsync(offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return writable ? File.ZeroAsync(offset, length, cancellationToken) : base.ZeroAsync(offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return writable ? File.TrimAsync(offset, length, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask FlushAsync(CancellationToken cancellationToken) =>
        writable ? File.FlushAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new MappedRun(Length - offset, MappedRunKind.Stored, offset));
}
