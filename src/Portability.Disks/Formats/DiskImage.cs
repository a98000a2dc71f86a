using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>
/// What all images share: reading, extents and the parent, over the one thing that formats differ in, <see cref="MapAsync"/>.
/// Reads take no lock; runs that follow each other in the file are read at once.
/// </summary>
internal abstract class DiskImage : IDiskImage
{
    private readonly string? path;

    /// <summary>Initialises an image.</summary>
    /// <param name="file">The file's bytes; owned by the image from now on.</param>
    /// <param name="path">Full path, or null.</param>
    /// <param name="parent">The parent, owned by the image from now on, or null.</param>
    protected DiskImage(IBlockDevice file, string? path, IDiskImage? parent)
    {
        File = file;
        this.path = path;
        Parent = parent;
    }

    /// <inheritdoc/>
    public string Name => path ?? File.Name;

    /// <inheritdoc/>
    public abstract long Length { get; }

    /// <inheritdoc/>
    public abstract int LogicalSectorSize { get; }

    /// <inheritdoc/>
    public virtual BlockDeviceCapabilities Capabilities => BlockDeviceCapabilities.Extents;

    /// <inheritdoc/>
    public abstract string FormatName { get; }

    /// <inheritdoc/>
    public abstract string SubFormat { get; }

    /// <inheritdoc/>
    public string? Path => path;

    /// <inheritdoc/>
    public virtual IReadOnlyList<string> Files => path is null ? [] : [path];

    /// <inheritdoc/>
    public virtual long FileLength => File.Length;

    /// <inheritdoc/>
    public virtual int PhysicalSectorSize => LogicalSectorSize;

    /// <inheritdoc/>
    public virtual long BlockSize => 0;

    /// <inheritdoc/>
    public virtual DiskIdentity Identity => DiskIdentity.None;

    /// <inheritdoc/>
    public IDiskImage? Parent { get; }

    /// <inheritdoc/>
    public virtual string? ParentLocator => null;

    /// <inheritdoc/>
    public IReadOnlyList<string> ToleratedDamage { get; init; } = [];

    /// <summary>The file's bytes.</summary>
    protected IBlockDevice File { get; }

    /// <summary>True if the image needs a parent, whether it is open or not.</summary>
    protected virtual bool HasParent => Parent is not null;

    /// <inheritdoc/>
    public async ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, buffer.Length, Length);
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            MappedRun run = await MapAsync(offset, buffer.Length, cancellationToken).ConfigureAwait(false);
            Memory<byte> part = buffer[..(int)Math.Min(run.Length, buffer.Length)];
            switch (run.Kind)
            {
                case MappedRunKind.Stored:
                    await ReadFileAsync(offset, run.FileOffset, part, cancellationToken).ConfigureAwait(false);
                    break;
                case MappedRunKind.Zero:
                    part.Span.Clear();
                    break;
                case MappedRunKind.Encoded:
                    await ReadEncodedAsync(offset, part, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    await ReadParentAsync(offset, part, cancellationToken).ConfigureAwait(false);
                    break;
            }

            offset += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    /// <inheritdoc/>
    public virtual ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => throw NotWritable();

    /// <inheritdoc/>
    public virtual ValueTask ZeroAsync(long offset, long length, CancellationToken cancellationToken) => throw NotWritable();

    /// <inheritdoc/>
    public virtual ValueTask TrimAsync(long offset, long length, CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public virtual ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> QueryExtentsAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        long end = offset + length;
        while (offset < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            MappedRun run = await MapAsync(offset, end - offset, cancellationToken).ConfigureAwait(false);
            long count = Math.Min(run.Length, end - offset);
            if (run.Kind == MappedRunKind.Stored)
            {
                await foreach (BlockExtent extent in QueryStoredAsync(offset, run.FileOffset, count, cancellationToken).ConfigureAwait(false))
                {
                    yield return extent;
                }
            }
            else if (run.Kind == MappedRunKind.Absent && HasParent)
            {
                long shared = Math.Clamp(OpenParent(offset).Length - offset, 0, count);
                if (shared > 0)
                {
                    await foreach (BlockExtent extent in OpenParent(offset).QueryExtentsAsync(offset, shared, cancellationToken).ConfigureAwait(false))
                    {
                        yield return extent;
                    }
                }

                if (shared < count)
                {
                    yield return new BlockExtent(offset + shared, count - shared, ExtentKind.Hole);
                }
            }
            else
            {
                yield return new BlockExtent(offset, count, KindOf(run.Kind));
            }

            offset += count;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlockExtent> AllocatedInThisFileAsync(
        long offset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlockRange.Check(offset, length, Length);
        long end = offset + length;
        while (offset < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            MappedRun run = await MapAsync(offset, end - offset, cancellationToken).ConfigureAwait(false);
            long count = Math.Min(run.Length, end - offset);
            if (run.Kind == MappedRunKind.Stored)
            {
                await foreach (BlockExtent extent in QueryStoredAsync(offset, run.FileOffset, count, cancellationToken).ConfigureAwait(false))
                {
                    yield return extent;
                }
            }
            else if (run.Kind != MappedRunKind.Absent)
            {
                yield return new BlockExtent(offset, count, KindOf(run.Kind));
            }

            offset += count;
        }
    }

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await File.DisposeAsync().ConfigureAwait(false);
        if (Parent is not null)
        {
            await Parent.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Tells where the bytes at an offset come from, for as many bytes as come from one place in a row; a longer run than asked for
    /// is cut by the caller. Costs metadata only; must make progress, and stay inside the file.
    /// </summary>
    /// <param name="offset">Offset on the disk, in bytes, inside <c>[0, Length)</c>.</param>
    /// <param name="length">Bytes of interest; more than 0.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    protected abstract ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken);

    /// <summary>Reads stored bytes; formats of several files choose the file.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="fileOffset">Offset in the file, in bytes, as mapped.</param>
    /// <param name="buffer">Buffer to fill.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    protected virtual ValueTask ReadFileAsync(long offset, long fileOffset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        File.ReadAsync(fileOffset, buffer, cancellationToken);

    /// <summary>Lists what is known of stored bytes: where the file itself has holes they read as zeros.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="fileOffset">Offset in the file, in bytes, as mapped.</param>
    /// <param name="length">Length in bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    protected virtual async IAsyncEnumerable<BlockExtent> QueryStoredAsync(
        long offset, long fileOffset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in File.QueryExtentsAsync(fileOffset, length, cancellationToken).ConfigureAwait(false))
        {
            yield return new BlockExtent(offset + extent.Offset - fileOffset, extent.Length, extent.IsZero ? ExtentKind.Zero : ExtentKind.Data);
        }
    }

    /// <summary>Reads bytes of a run mapped as <see cref="MappedRunKind.Encoded"/>.</summary>
    /// <param name="offset">Offset on the disk, in bytes.</param>
    /// <param name="buffer">Buffer to fill; inside one run.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    protected virtual ValueTask ReadEncodedAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        throw new NotSupportedException("The format has no encoded runs.");

    private static ExtentKind KindOf(MappedRunKind kind) => kind switch
    {
        MappedRunKind.Zero => ExtentKind.Zero,
        MappedRunKind.Absent => ExtentKind.Hole,
        _ => ExtentKind.Data,
    };

    private static NotSupportedException NotWritable() => new("The image is open for reading only.");

    private async ValueTask ReadParentAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int shared = HasParent ? (int)Math.Clamp(OpenParent(offset).Length - offset, 0, buffer.Length) : 0;
        if (shared > 0)
        {
            await OpenParent(offset).ReadAsync(offset, buffer[..shared], cancellationToken).ConfigureAwait(false);
        }

        buffer.Span[shared..].Clear();
    }

    private IDiskImage OpenParent(long offset) => Parent ?? throw new StorageException(
        "ParentNotFound",
        ErrorKind.NotFound,
        FormattableString.Invariant($"Failed to read '{Name}': the bytes at 0x{offset:X} are in its parent '{ParentLocator}', which was not opened."),
        "Open the image with its parents, or name them with -ParentPath.",
        Name);
}
