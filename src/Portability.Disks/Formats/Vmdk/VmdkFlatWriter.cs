using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>A new monolithicFlat disk being written: the extent file takes the bytes, the descriptor is written by the first flush.</summary>
internal sealed class VmdkFlatWriter : DiskImage
{
    private readonly IResizableBlockDevice descriptorFile;
    private readonly IBlockDevice extent;
    private readonly VmdkFlatLayout layout;
    private readonly SemaphoreSlim gate = new(1, 1);
    private bool described;

    /// <summary>Initialises an image.</summary>
    /// <param name="descriptorFile">The empty descriptor; owned from now on.</param>
    /// <param name="path">Its full path.</param>
    /// <param name="extent">The extent file, as long as the disk; owned from now on.</param>
    /// <param name="layout">What to make.</param>
    public VmdkFlatWriter(IResizableBlockDevice descriptorFile, string path, IBlockDevice extent, VmdkFlatLayout layout)
        : base(descriptorFile, path, parent: null)
    {
        this.descriptorFile = descriptorFile;
        this.extent = extent;
        this.layout = layout;
        Files = [path, layout.ExtentPath];
    }

    /// <inheritdoc/>
    public override long Length => layout.Length;

    /// <inheritdoc/>
    public override int LogicalSectorSize => VmdkSparseHeader.SectorSize;

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => extent.Capabilities;

    /// <inheritdoc/>
    public override string FormatName => VmdkFormat.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => VmdkFormat.MonolithicFlat;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Files { get; }

    /// <inheritdoc/>
    public override long FileLength => descriptorFile.Length + extent.Length;

    /// <inheritdoc/>
    public override DiskIdentity Identity => new() { DiskId = layout.DiskId, ContentId = layout.ContentId };

    /// <inheritdoc/>
    public override ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        return extent.WriteAsync(offset, buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return extent.ZeroAsync(offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return extent.TrimAsync(offset, length, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await extent.FlushAsync(cancellationToken).ConfigureAwait(false);
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!described)
            {
                byte[] text = layout.MakeDescriptor();
                await descriptorFile.SetLengthAsync(text.Length, cancellationToken).ConfigureAwait(false);
                await descriptorFile.WriteAsync(0, text, cancellationToken).ConfigureAwait(false);
                await descriptorFile.FlushAsync(cancellationToken).ConfigureAwait(false);
                described = true;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        gate.Dispose();
        await extent.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new MappedRun(Length - offset, MappedRunKind.Stored, offset));

    /// <inheritdoc/>
    protected override ValueTask ReadFileAsync(long offset, long fileOffset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        extent.ReadAsync(fileOffset, buffer, cancellationToken);

    /// <inheritdoc/>
    protected override IAsyncEnumerable<BlockExtent> QueryStoredAsync(long offset, long fileOffset, long length, CancellationToken cancellationToken) =>
        extent.QueryExtentsAsync(fileOffset, length, cancellationToken);
}
