using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Raw;

/// <summary>A disk's bytes as they are, in a file or a block device. Accepts anything, so it is tried last.</summary>
public sealed class RawFormat : IDiskFormat
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "Raw";

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".img", ".raw", ".bin"];

    /// <inheritdoc/>
    public IReadOnlyList<string> CreatableSubFormats { get; } = ["Sparse"];

    /// <inheritdoc/>
    public bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => true;

    /// <inheritdoc/>
    public ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        int sectorSize = context.Options.RawSectorSize ?? file.LogicalSectorSize;
        return ValueTask.FromResult<IDiskImage>(new RawImage(file, context.Path, sectorSize));
    }

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken)
    {
        IResizableBlockDevice file = await files.CreateAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            await file.SetLengthAsync(options.Length, cancellationToken).ConfigureAwait(false);
            return new RawImage(file, path, options.LogicalSectorSize);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
