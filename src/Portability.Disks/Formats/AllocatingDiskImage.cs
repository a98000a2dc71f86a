using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>
/// A new image that takes space block by block as it is written. Blocks are given out under a lock; writing into a block that is
/// there takes none. Zeros written where nothing is stored stay unstored.
/// </summary>
internal abstract class AllocatingDiskImage : DiskImage
{
    /// <summary>
    /// File length to map blocks by: the tables are the image's own, and the file's length, taken before they are looked at, may be too
    /// short for a block that another thread has just added.
    /// </summary>
    protected const long AnyLength = long.MaxValue;

    private readonly SemaphoreSlim allocating = new(1, 1);
    private volatile Exception? failure;

    /// <summary>Initialises an image.</summary>
    /// <param name="file">The new file; owned by the image from now on.</param>
    /// <param name="path">Full path, or null.</param>
    protected AllocatingDiskImage(IResizableBlockDevice file, string? path)
        : base(file, path, parent: null)
    {
        Target = file;
    }

    /// <inheritdoc/>
    public override BlockDeviceCapabilities Capabilities =>
        BlockDeviceCapabilities.Write | BlockDeviceCapabilities.SparseZero | BlockDeviceCapabilities.Extents;

    /// <summary>The new file.</summary>
    protected IResizableBlockDevice Target { get; }

    /// <inheritdoc/>
    public sealed override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        CheckUsable();
        while (buffer.Length > 0)
        {
            MappedRun run = await MapAsync(offset, buffer.Length, cancellationToken).ConfigureAwait(false);
            int count = (int)Math.Min(run.Kind == MappedRunKind.Stored ? run.Length : BlockSize - (offset % BlockSize), buffer.Length);
            ReadOnlyMemory<byte> part = buffer[..count];
            if (run.Kind == MappedRunKind.Stored)
            {
                await WriteFileAsync(run.FileOffset, part, cancellationToken).ConfigureAwait(false);
            }
            else if (part.Span.ContainsAnyExcept((byte)0))
            {
                long block = await TakeBlockAsync(offset / BlockSize, cancellationToken).ConfigureAwait(false);
                await WriteFileAsync(block + (offset % BlockSize), part, cancellationToken).ConfigureAwait(false);
            }

            offset += count;
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    public sealed override async ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        CheckUsable();
        while (length > 0)
        {
            MappedRun run = await MapAsync(offset, length, cancellationToken).ConfigureAwait(false);
            long count = Math.Min(run.Length, length);
            if (run.Kind == MappedRunKind.Stored)
            {
                await Target.ZeroAsync(run.FileOffset, count, cancellationToken).ConfigureAwait(false);
            }

            offset += count;
            length -= count;
        }
    }

    /// <inheritdoc/>
    public sealed override async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        CheckUsable();
        await allocating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Blocks first: no table may ever name one that is not there.
            await Target.FlushAsync(cancellationToken).ConfigureAwait(false);
            await WriteTablesAsync(cancellationToken).ConfigureAwait(false);
            await Target.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure ??= exception;
            throw;
        }
        finally
        {
            allocating.Release();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        allocating.Dispose();
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Gives a block its place in the file and enters it in the tables in memory. Called by one thread at a time.</summary>
    /// <param name="block">Index of the block on the disk.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Offset of the block's first byte in the file, in bytes; the block reads as zeros.</returns>
    protected abstract ValueTask<long> AllocateAsync(long block, CancellationToken cancellationToken);

    /// <summary>Writes all tables that changed. Called by one thread at a time.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    protected abstract ValueTask WriteTablesAsync(CancellationToken cancellationToken);

    private async ValueTask WriteFileAsync(long fileOffset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await Target.WriteAsync(fileOffset, buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception)
        {
            failure ??= exception;
            throw;
        }
    }

    private async ValueTask<long> TakeBlockAsync(long block, CancellationToken cancellationToken)
    {
        await allocating.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CheckUsable();
            MappedRun now = await MapAsync(block * BlockSize, 1, cancellationToken).ConfigureAwait(false);
            return now.Kind == MappedRunKind.Stored ? now.FileOffset : await AllocateAsync(block, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            failure ??= exception;
            throw;
        }
        finally
        {
            allocating.Release();
        }
    }

    private void CheckUsable()
    {
        if (failure is { } cause)
        {
            throw new StorageException(
                "ObjectUnusable",
                ErrorKind.WriteFailed,
                $"Failed to write '{Name}': an earlier write to it failed, so that what it holds is not known.",
                "Remove the file with Remove-Item and run the cmdlet again.",
                Name,
                innerException: cause);
        }
    }
}
