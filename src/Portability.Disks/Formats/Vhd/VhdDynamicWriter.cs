using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhd;

/// <summary>
/// A new dynamic VHD. Layout: footer copy, dynamic header, table, then blocks in the order they are first written, each placed so
/// that its data starts on a boundary of 4 KiB, and the footer at the end.
/// </summary>
internal sealed class VhdDynamicWriter : AllocatingDiskImage
{
    private const int DataAlignment = 4096;

    private readonly VhdFooter footer;
    private readonly VhdDynamicHeader header;
    private readonly VhdBlockMap map;
    private long end;

    /// <summary>Initialises a new image; nothing is written before <see cref="AllocatingDiskImage.FlushAsync"/>.</summary>
    /// <param name="file">The empty file; owned from now on.</param>
    /// <param name="path">Full path.</param>
    /// <param name="footer">The footer.</param>
    /// <param name="header">The dynamic header.</param>
    public VhdDynamicWriter(IResizableBlockDevice file, string path, VhdFooter footer, VhdDynamicHeader header)
        : base(file, path)
    {
        this.footer = footer;
        this.header = header;
        var table = new VhdBlockAllocationTable((int)header.MaxTableEntries);
        map = new VhdBlockMap(table, header.BlockSize, header.BitmapSize, (long)footer.CurrentSize);
        end = Up((long)header.TableOffset + ((long)table.Count * VhdBlockAllocationTable.EntrySize), VhdFooter.SectorSize);
    }

    /// <inheritdoc/>
    public override long Length => (long)footer.CurrentSize;

    /// <inheritdoc/>
    public override int LogicalSectorSize => VhdFooter.SectorSize;

    /// <inheritdoc/>
    public override string FormatName => VhdFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => nameof(VhdDiskType.Dynamic);

    /// <inheritdoc/>
    public override long BlockSize => header.BlockSize;

    /// <inheritdoc/>
    public override DiskIdentity Identity => VhdFormat.IdentityOf(footer, parentId: null);

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult(map.Map(offset, length, AnyLength, Path));

    /// <inheritdoc/>
    protected override async ValueTask<long> AllocateAsync(long block, CancellationToken cancellationToken)
    {
        long data = Up(end + map.BitmapSize, DataAlignment);
        long start = data - map.BitmapSize;
        await Target.SetLengthAsync(data + map.BlockSize, cancellationToken).ConfigureAwait(false);

        // Every sector counts as written; the padding of the bitmap stays zero.
        byte[] bitmap = new byte[map.BitmapSize];
        bitmap.AsSpan(0, (int)Math.Max(map.BlockSize / VhdFooter.SectorSize / 8, 1)).Fill(byte.MaxValue);
        await Target.WriteAsync(start, bitmap, cancellationToken).ConfigureAwait(false);
        end = data + map.BlockSize;
        map.Table[(int)block] = start;
        return data;
    }

    /// <inheritdoc/>
    protected override async ValueTask WriteTablesAsync(CancellationToken cancellationToken)
    {
        byte[] start = new byte[Up((long)header.TableOffset + ((long)map.Table.Count * VhdBlockAllocationTable.EntrySize), VhdFooter.SectorSize)];
        footer.Write(start);
        header.Write(start.AsSpan(VhdFooter.Size));
        int tableAt = (int)header.TableOffset;
        start.AsSpan(tableAt).Fill(byte.MaxValue);
        map.Table.Write(start.AsSpan(tableAt));
        await Target.SetLengthAsync(end + VhdFooter.Size, cancellationToken).ConfigureAwait(false);
        await Target.WriteAsync(0, start, cancellationToken).ConfigureAwait(false);
        await Target.WriteAsync(end, start.AsMemory(0, VhdFooter.Size), cancellationToken).ConfigureAwait(false);
    }

    private static long Up(long value, int unit) => (value + unit - 1) / unit * unit;
}
