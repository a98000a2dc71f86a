using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhd;

/// <summary>A dynamic or differencing VHD, open for reading.</summary>
internal sealed class VhdDynamicImage : DiskImage
{
    private const int BitmapPages = 64;

    private readonly VhdFooter footer;
    private readonly VhdDynamicHeader header;
    private readonly VhdBlockMap map;
    private readonly PageCache bitmaps;

    /// <summary>Initialises an image.</summary>
    /// <param name="file">The file; owned from now on.</param>
    /// <param name="path">Full path, or null.</param>
    /// <param name="footer">The footer.</param>
    /// <param name="header">The dynamic header.</param>
    /// <param name="table">The block allocation table.</param>
    /// <param name="parent">The parent; owned from now on; null when there is none or it stays closed.</param>
    /// <param name="parentLocator">Where the parent is said to be, or null.</param>
    public VhdDynamicImage(
        IBlockDevice file, string? path, VhdFooter footer, VhdDynamicHeader header, VhdBlockAllocationTable table, IDiskImage? parent, string? parentLocator)
        : base(file, path, parent)
    {
        this.footer = footer;
        this.header = header;
        ParentLocator = parentLocator;
        map = new VhdBlockMap(table, header.BlockSize, header.BitmapSize, (long)footer.CurrentSize);
        bitmaps = new PageCache(file, BitmapPages);
    }

    /// <inheritdoc/>
    public override long Length => (long)footer.CurrentSize;

    /// <inheritdoc/>
    public override int LogicalSectorSize => VhdFooter.SectorSize;

    /// <inheritdoc/>
    public override string FormatName => VhdFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => footer.DiskType.ToString();

    /// <inheritdoc/>
    public override long BlockSize => header.BlockSize;

    /// <inheritdoc/>
    public override DiskIdentity Identity => VhdFormat.IdentityOf(footer, HasParent ? header.ParentUniqueId : null);

    /// <inheritdoc/>
    public override string? ParentLocator { get; }

    /// <inheritdoc/>
    protected override bool HasParent => footer.DiskType == VhdDiskType.Differencing;

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        MappedRun run = map.Map(offset, length, File.Length, Path);
        return HasParent && run.Kind == MappedRunKind.Stored
            ? SplitAsync(offset, run, cancellationToken)
            : ValueTask.FromResult(run);
    }

    // In a differencing disk, a sector of a stored block is the child's only if its bit is set.
    private async ValueTask<MappedRun> SplitAsync(long offset, MappedRun run, CancellationToken cancellationToken)
    {
        long within = offset % map.BlockSize;
        long bitmapAt = run.FileOffset - within - map.BitmapSize;
        long byteAt = bitmapAt + (within / VhdFooter.SectorSize / 8);
        byte[] page = await bitmaps.GetAsync(byteAt / PageCache.PageSize, cancellationToken).ConfigureAwait(false);
        int inPage = (int)(byteAt % PageCache.PageSize);
        int inBitmap = (int)(byteAt - bitmapAt);
        int available = Math.Min(page.Length - inPage, map.BitmapSize - inBitmap);
        int first = (int)(within / VhdFooter.SectorSize % 8);
        int sectors = SectorBitmap.CountRun(page.AsSpan(inPage, available), first, available * 8, highBitFirst: true, out bool own);
        long count = Math.Min(run.Length, (sectors * (long)VhdFooter.SectorSize) - (within % VhdFooter.SectorSize));
        return own ? run with { Length = count } : new MappedRun(count, MappedRunKind.Absent);
    }
}
