using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>
/// A new dynamic VHDX: blocks are placed at the end of the file in the order they are first written. The log stays empty: until the
/// first flush the file is not an image, after it only blocks and table entries are added.
/// </summary>
internal sealed class VhdxDynamicWriter : AllocatingDiskImage
{
    private readonly VhdxHeader header;
    private readonly VhdxMetadata metadata;
    private readonly VhdxBlockMap map;

    /// <summary>Initialises a new image.</summary>
    /// <param name="file">The file, its tables written; owned from now on.</param>
    /// <param name="path">Full path.</param>
    /// <param name="header">The header.</param>
    /// <param name="metadata">The metadata.</param>
    /// <param name="table">The block allocation table; owned from now on.</param>
    public VhdxDynamicWriter(IResizableBlockDevice file, string path, VhdxHeader header, VhdxMetadata metadata, VhdxBlockAllocationTable table)
        : base(file, path)
    {
        this.header = header;
        this.metadata = metadata;
        map = new VhdxBlockMap(table, new VhdxBlockGeometry(metadata), (long)metadata.Length, hasParent: false, path);
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
    public override string SubFormat => VhdxFormat.Dynamic;

    /// <inheritdoc/>
    public override long BlockSize => metadata.BlockSize;

    /// <inheritdoc/>
    public override DiskIdentity Identity => VhdxFormat.IdentityOf(header, metadata, VhdxFormat.Creator);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        map.Table.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        long index = map.Geometry.PayloadEntry(offset / map.Geometry.BlockSize);
        VhdxTableEntry entry = await map.Table.GetAsync(index, cancellationToken).ConfigureAwait(false);
        return map.Map(offset, length, entry, AnyLength);
    }

    /// <inheritdoc/>
    protected override async ValueTask<long> AllocateAsync(long block, CancellationToken cancellationToken)
    {
        long start = Target.Length;
        await Target.SetLengthAsync(start + map.Geometry.BlockSize, cancellationToken).ConfigureAwait(false);
        await map.Table.SetAsync(map.Geometry.PayloadEntry(block), new VhdxTableEntry(VhdxBlockState.FullyPresent, start), cancellationToken).ConfigureAwait(false);
        return start;
    }

    /// <inheritdoc/>
    protected override ValueTask WriteTablesAsync(CancellationToken cancellationToken) => map.Table.WriteAsync(cancellationToken);
}
