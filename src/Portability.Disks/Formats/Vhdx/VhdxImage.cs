using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>A VHDX of any kind, open for reading.</summary>
internal sealed class VhdxImage : DiskImage
{
    private const int BitmapPages = 64;

    private readonly VhdxHeader header;
    private readonly VhdxMetadata metadata;
    private readonly VhdxBlockMap map;
    private readonly string creator;
    private readonly PageCache bitmaps;

    /// <summary>Initialises an image.</summary>
    /// <param name="file">The file, its log replayed; owned from now on.</param>
    /// <param name="path">Full path, or null.</param>
    /// <param name="header">The current header.</param>
    /// <param name="metadata">What the metadata says, checked.</param>
    /// <param name="table">The block allocation table; owned from now on.</param>
    /// <param name="parent">The parent; owned from now on; null when there is none or it stays closed.</param>
    /// <param name="creator">Program that made the file.</param>
    public VhdxImage(
        IBlockDevice file, string? path, VhdxHeader header, VhdxMetadata metadata, VhdxBlockAllocationTable table, IDiskImage? parent, string creator)
        : base(file, path, parent)
    {
        this.header = header;
        this.metadata = metadata;
        this.creator = creator;
        map = new VhdxBlockMap(table, new VhdxBlockGeometry(metadata), (long)metadata.Length, metadata.HasParent, path);
        bitmaps = new PageCache(file, BitmapPages);
    }

    /// <inheritdoc/>
    public override long Length => (long)metadata.Length;

    /// <inheritdoc/>
    public override int LogicalSectorSize => (int)metadata.LogicalSectorSize;

    /// <inheritdoc/>
    public override int PhysicalSectorSize => (int)metadata.PhysicalSectorSize;

    /// <inheritdoc/>
    public override string FormatName => VhdxFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat =>
        metadata.HasParent ? VhdxFormat.Differencing : metadata.LeaveBlocksAllocated ? VhdxFormat.Fixed : VhdxFormat.Dynamic;

    /// <inheritdoc/>
    public override long BlockSize => metadata.BlockSize;

    /// <inheritdoc/>
    public override DiskIdentity Identity => VhdxFormat.IdentityOf(header, metadata, creator);

    /// <inheritdoc/>
    public override string? ParentLocator => metadata.ParentLocator is { } locator ? locator.Paths.FirstOrDefault() ?? string.Empty : null;

    /// <inheritdoc/>
    protected override bool HasParent => metadata.HasParent;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        map.Table.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        long block = offset / map.Geometry.BlockSize;
        return map.Table.TryGet(map.Geometry.PayloadEntry(block), out VhdxTableEntry entry) && entry.State != VhdxBlockState.PartiallyPresent
            ? ValueTask.FromResult(map.Map(offset, length, entry, File.Length))
            : MapSlowlyAsync(offset, length, block, cancellationToken);
    }

    private async ValueTask<MappedRun> MapSlowlyAsync(long offset, long length, long block, CancellationToken cancellationToken)
    {
        VhdxTableEntry entry = await map.Table.GetAsync(map.Geometry.PayloadEntry(block), cancellationToken).ConfigureAwait(false);
        MappedRun run = map.Map(offset, length, entry, File.Length);
        return entry.State == VhdxBlockState.PartiallyPresent
            ? await SplitAsync(offset, block, run, cancellationToken).ConfigureAwait(false)
            : run;
    }

    // In a block that is partially present, a sector is the child's only if its bit in the chunk's bitmap block is set.
    private async ValueTask<MappedRun> SplitAsync(long offset, long block, MappedRun run, CancellationToken cancellationToken)
    {
        VhdxTableEntry entry = await map.Table.GetAsync(map.Geometry.BitmapEntry(block), cancellationToken).ConfigureAwait(false);
        long bitmapAt = map.LocateBitmap(block, entry, File.Length);
        long sector = offset % (map.Geometry.ChunkRatio * map.Geometry.BlockSize) / LogicalSectorSize;
        long byteAt = bitmapAt + (sector / 8);
        byte[] page = await bitmaps.GetAsync(byteAt / PageCache.PageSize, cancellationToken).ConfigureAwait(false);
        int inPage = (int)(byteAt % PageCache.PageSize);

        // A bitmap block starts and ends with a page, so the page's rest belongs to it.
        int available = page.Length - inPage;
        int sectors = SectorBitmap.CountRun(page.AsSpan(inPage, available), (int)(sector % 8), available * 8, highBitFirst: false, out bool own);
        long count = Math.Min(run.Length, ((long)sectors * LogicalSectorSize) - (offset % LogicalSectorSize));
        return own ? run with { Length = count } : new MappedRun(count, MappedRunKind.Absent);
    }
}
