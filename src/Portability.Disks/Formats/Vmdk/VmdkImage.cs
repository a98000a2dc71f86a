using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>An open VMDK, read-only: extents one behind the other.</summary>
internal sealed class VmdkImage : DiskImage
{
    private readonly VmdkDescriptor descriptor;
    private readonly VmdkExtent[] extents;

    /// <summary>Initialises an image.</summary>
    /// <param name="file">The file that holds the descriptor; owned from now on.</param>
    /// <param name="path">Full path, or null.</param>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="extents">Its extents in order, with files; owned from now on.</param>
    /// <param name="parent">The parent, owned from now on, or null.</param>
    public VmdkImage(IBlockDevice file, string? path, VmdkDescriptor descriptor, VmdkExtent[] extents, IDiskImage? parent)
        : base(file, path, parent)
    {
        this.descriptor = descriptor;
        this.extents = extents;
        Length = extents.Length == 0 ? 0 : extents[^1].Start + extents[^1].Length;
        Files = path is null ? [] : [path, .. OtherFiles.Select(other => other.Name).Distinct(StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <inheritdoc/>
    public override int LogicalSectorSize => VmdkSparseHeader.SectorSize;

    /// <inheritdoc/>
    public override string FormatName => VmdkFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => descriptor.CreateType;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Files { get; }

    /// <inheritdoc/>
    public override long FileLength => File.Length + OtherFiles.DistinctBy(file => file.Name, StringComparer.Ordinal).Sum(file => file.Length);

    /// <inheritdoc/>
    public override long BlockSize => extents.Max(extent => extent.GrainSize);

    /// <inheritdoc/>
    public override DiskIdentity Identity => new()
    {
        DiskId = descriptor.DiskId,
        ContentId = descriptor.ContentId,
        ParentContentId = descriptor.ParentContentId,
    };

    /// <inheritdoc/>
    public override string? ParentLocator => HasParent ? descriptor.ParentHint : null;

    /// <inheritdoc/>
    protected override bool HasParent => descriptor.ParentContentId is not null;

    private IEnumerable<IBlockDevice> OtherFiles =>
        extents.Select(extent => extent.File).OfType<IBlockDevice>().Where(file => file != File).Distinct();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (IBlockDevice other in OtherFiles)
        {
            await other.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        VmdkExtent extent = Find(offset);
        long inside = offset - extent.Start;
        long wanted = Math.Min(length, extent.Length - inside);
        MappedRun run = await extent.MapAsync(inside, wanted, cancellationToken).ConfigureAwait(false);
        return run with { Length = Math.Min(run.Length, extent.Length - inside) };
    }

    /// <inheritdoc/>
    protected override ValueTask ReadFileAsync(long offset, long fileOffset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        Find(offset).File!.ReadAsync(fileOffset, buffer, cancellationToken);

    /// <inheritdoc/>
    protected override ValueTask ReadEncodedAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        VmdkExtent extent = Find(offset);
        return extent.ReadEncodedAsync(offset - extent.Start, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<BlockExtent> QueryStoredAsync(
        long offset, long fileOffset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in Find(offset).File!.QueryExtentsAsync(fileOffset, length, cancellationToken).ConfigureAwait(false))
        {
            yield return new BlockExtent(offset + extent.Offset - fileOffset, extent.Length, extent.IsZero ? ExtentKind.Zero : ExtentKind.Data);
        }
    }

    private VmdkExtent Find(long offset)
    {
        int low = 0;
        int high = extents.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = extents[middle].Start <= offset ? (middle, high) : (low, middle - 1);
        }

        return extents[low];
    }
}
