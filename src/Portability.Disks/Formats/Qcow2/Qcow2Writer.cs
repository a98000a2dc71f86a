using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>
/// A new QCOW2 image being written, in any order and from several threads. Clusters are added at the end of the file in the order
/// they are first written; neighbours of one call go out in one write.
/// </summary>
internal sealed class Qcow2Writer : DiskImage
{
    private readonly IResizableBlockDevice file;
    private readonly Qcow2Layout layout;
    private readonly Qcow2WriteTables tables;
    private readonly SemaphoreSlim gate = new(1, 1);
    private bool headerWritten;
    private volatile Exception? failure;

    private Qcow2Writer(IResizableBlockDevice file, string path, Qcow2Layout layout)
        : base(file, path, parent: null)
    {
        this.file = file;
        this.layout = layout;
        tables = new Qcow2WriteTables(file, layout);
    }

    /// <inheritdoc/>
    public override long Length => layout.Length;

    /// <inheritdoc/>
    public override int LogicalSectorSize => layout.LogicalSectorSize;

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities => BlockDeviceCapabilities.Write | BlockDeviceCapabilities.SparseZero | BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public override string FormatName => Qcow2Format.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => "v3";

    /// <inheritdoc/>
    public override long BlockSize => layout.ClusterSize;

    private long ClusterSize => layout.ClusterSize;

    /// <summary>Makes an image in an empty file.</summary>
    /// <param name="file">The file; owned by the image when this returns.</param>
    /// <param name="path">Full path.</param>
    /// <param name="layout">What to make.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async ValueTask<Qcow2Writer> CreateAsync(IResizableBlockDevice file, string path, Qcow2Layout layout, CancellationToken cancellationToken)
    {
        await file.SetLengthAsync(layout.FirstFreeCluster * layout.ClusterSize, cancellationToken).ConfigureAwait(false);
        return new Qcow2Writer(file, path, layout);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        CheckUsable();
        try
        {
            while (buffer.Length > 0)
            {
                (long at, int count) = await PlaceAsync(offset, buffer.Length, cancellationToken).ConfigureAwait(false);
                await file.WriteAsync(at, buffer[..count], cancellationToken).ConfigureAwait(false);
                offset += count;
                buffer = buffer[count..];
            }
        }
        catch (Exception exception)
        {
            failure ??= exception;
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        CheckUsable();
        try
        {
            while (length > 0)
            {
                MappedRun run = await MapAsync(offset, length, cancellationToken).ConfigureAwait(false);
                long count = Math.Min(run.Length, length);
                if (run.Kind == MappedRunKind.Stored)
                {
                    await file.ZeroAsync(run.FileOffset, count, cancellationToken).ConfigureAwait(false);
                }

                offset += count;
                length -= count;
            }
        }
        catch (Exception exception)
        {
            failure ??= exception;
            throw;
        }
    }

    /// <inheritdoc/>
    public override ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken) => ZeroAsync(offset, length, cancellationToken);

    /// <inheritdoc/>
    public override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        CheckUsable();
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await tables.WriteAsync(cancellationToken).ConfigureAwait(false);
            if (!headerWritten)
            {
                await file.FlushAsync(cancellationToken).ConfigureAwait(false);
                byte[] header = new byte[Qcow2Header.Version3Size + 8];
                layout.Header.Write(header);
                await file.WriteAsync(0, header, cancellationToken).ConfigureAwait(false);
                headerWritten = true;
            }

            await file.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure ??= exception;
            throw;
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
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override async ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            MappedRun run = default;
            while (run.Length < length)
            {
                MappedRun piece = await MapClusterAsync(offset + run.Length, cancellationToken).ConfigureAwait(false);
                if (run.Length > 0 && (piece.Kind != run.Kind || (run.Kind == MappedRunKind.Stored && run.FileOffset + run.Length != piece.FileOffset)))
                {
                    break;
                }

                run = run.Length == 0 ? piece : run with { Length = run.Length + piece.Length };
            }

            return run;
        }
        finally
        {
            gate.Release();
        }
    }

    private async ValueTask<MappedRun> MapClusterAsync(long offset, CancellationToken cancellationToken)
    {
        if (tables.IsTableMissing(offset))
        {
            return new MappedRun(tables.TableCoverage - (offset % tables.TableCoverage), MappedRunKind.Absent);
        }

        long cluster = await tables.FindAsync(offset, cancellationToken).ConfigureAwait(false);
        long skip = offset % ClusterSize;
        return cluster == 0
            ? new MappedRun(ClusterSize - skip, MappedRunKind.Absent)
            : new MappedRun(ClusterSize - skip, MappedRunKind.Stored, cluster + skip);
    }

    // Finds or adds the clusters of a range as far as they follow each other in the file.
    private async ValueTask<(long FileOffset, int Count)> PlaceAsync(long offset, int length, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            long skip = offset % ClusterSize;
            long start = await tables.FindOrAddAsync(offset, cancellationToken).ConfigureAwait(false) + skip;
            long count = ClusterSize - skip;
            while (count < length && await tables.FindOrAddAsync(offset + count, cancellationToken).ConfigureAwait(false) == start + count)
            {
                count += ClusterSize;
            }

            return (start, (int)Math.Min(count, length));
        }
        finally
        {
            gate.Release();
        }
    }

    private void CheckUsable()
    {
        if (failure is { } cause)
        {
            throw new StorageException(
                "ObjectUnusable",
                ErrorKind.WriteFailed,
                $"Failed to write '{Name}': an earlier write failed or was cut short, so the image is not complete.",
                "Remove the file and run Restore-WorkloadImage again.",
                Name,
                innerException: cause);
        }
    }
}
