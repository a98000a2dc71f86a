using System.Buffers;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>An open QCOW2 image, read-only.</summary>
internal sealed class Qcow2Image : DiskImage, IQcow2Image
{
    private const long DecodedCapacity = 4 << 20;

    private readonly Qcow2Header header;
    private readonly Qcow2ClusterMap map;
    private readonly IBlockDevice? dataFile;
    private readonly BlockCache decoded = new(DecodedCapacity);

    /// <summary>Initialises an image whose header was checked.</summary>
    /// <param name="file">The image file; owned from now on.</param>
    /// <param name="path">Full path, or null.</param>
    /// <param name="header">The header.</param>
    /// <param name="dataFile">External data file, owned from now on, or null.</param>
    /// <param name="parent">The backing image, owned from now on, or null.</param>
    public Qcow2Image(IBlockDevice file, string? path, Qcow2Header header, IBlockDevice? dataFile, IDiskImage? parent)
        : base(file, path, parent)
    {
        this.header = header;
        this.dataFile = dataFile;
        map = new Qcow2ClusterMap(file, dataFile ?? file, header);
        Files = path is null ? [] : dataFile is null ? [path] : [path, dataFile.Name];
    }

    /// <inheritdoc/>
    public override long Length => (long)header.Size;

    /// <inheritdoc/>
    public override int LogicalSectorSize => SectorSize;

    /// <inheritdoc/>
    public override string FormatName => Qcow2Format.FormatName;

    /// <inheritdoc/>
    public override string SubFormat => header.Version == 2 ? "v2" : "v3";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Files { get; }

    /// <inheritdoc/>
    public override long FileLength => File.Length + (dataFile?.Length ?? 0);

    /// <inheritdoc/>
    public override long BlockSize => header.ClusterSize;

    /// <inheritdoc/>
    public override string? ParentLocator => BackingName;

    /// <inheritdoc/>
    public IReadOnlyList<Qcow2Bitmap> Bitmaps { get; init; } = [];

    /// <inheritdoc/>
    public long InternalSnapshotCount => header.SnapshotCount;

    /// <inheritdoc/>
    public bool IsDirty => (header.IncompatibleFeatures & Qcow2Features.Dirty) != 0;

    /// <summary>Sector size that the disk shows, in bytes; the format does not store it.</summary>
    public int SectorSize { get; init; } = 512;

    /// <summary>Name of the backing file as stored, or null.</summary>
    public string? BackingName { get; init; }

    /// <inheritdoc/>
    protected override bool HasParent => BackingName is not null;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (dataFile is not null)
        {
            await dataFile.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override ValueTask<MappedRun> MapAsync(long offset, long length, CancellationToken cancellationToken) =>
        map.MapAsync(offset, length, cancellationToken);

    /// <inheritdoc/>
    protected override ValueTask ReadFileAsync(long offset, long fileOffset, Memory<byte> buffer, CancellationToken cancellationToken) =>
        (dataFile ?? File).ReadAsync(fileOffset, buffer, cancellationToken);

    /// <inheritdoc/>
    protected override async IAsyncEnumerable<BlockExtent> QueryStoredAsync(
        long offset, long fileOffset, long length, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlockExtent extent in (dataFile ?? File).QueryExtentsAsync(fileOffset, length, cancellationToken).ConfigureAwait(false))
        {
            yield return new BlockExtent(offset + extent.Offset - fileOffset, extent.Length, extent.IsZero ? ExtentKind.Zero : ExtentKind.Data);
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask ReadEncodedAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            long cluster = offset / header.ClusterSize;
            int skip = (int)(offset % header.ClusterSize);
            int count = Math.Min(header.ClusterSize - skip, buffer.Length);
            if (count == header.ClusterSize)
            {
                await DecodeAsync(offset, buffer[..count], cancellationToken).ConfigureAwait(false);
            }
            else
            {
                byte[]? block = decoded.Find(cluster);
                if (block is null)
                {
                    block = new byte[header.ClusterSize];
                    await DecodeAsync(offset - skip, block, cancellationToken).ConfigureAwait(false);
                    decoded.Keep(cluster, block);
                }

                block.AsSpan(skip, count).CopyTo(buffer.Span);
            }

            offset += count;
            buffer = buffer[count..];
        }
    }

    private async ValueTask DecodeAsync(long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        Qcow2L2Entry entry = await map.FindEntryAsync(offset, cancellationToken).ConfigureAwait(false);
        (long at, int size) = entry.CompressedPlace((int)header.ClusterBits);
        if (at >= File.Length)
        {
            throw Invalid(at, FormattableString.Invariant($"it begins behind the end of the file's {File.Length} bytes"));
        }

        // The last sector of the last cluster need not be whole.
        size = (int)Math.Min(size, File.Length - at);
        byte[] source = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            await File.ReadAsync(at, source.AsMemory(0, size), cancellationToken).ConfigureAwait(false);
            using var input = new MemoryStream(source, 0, size, writable: false);
            var inflater = new DeflateStream(input, CompressionMode.Decompress);
            await using (inflater.ConfigureAwait(false))
            {
                await inflater.ReadExactlyAsync(target, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception cause) when (cause is InvalidDataException or EndOfStreamException)
        {
            throw Invalid(at, FormattableString.Invariant($"{size} bytes do not inflate to {target.Length}"), cause);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(source);
        }
    }

    private InvalidFormatException Invalid(long offset, string fact, Exception? cause = null) =>
        Qcow2Errors.Invalid("compressed cluster", offset, fact, "Compressed Clusters Descriptor", Name, cause);
}
