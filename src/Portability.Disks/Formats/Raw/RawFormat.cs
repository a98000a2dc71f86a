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
    public IReadOnlyList<string> CreatableSubFormats { get; } = [RawImage.FileSubFormat];

    /// <inheritdoc/>
    public bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => true;

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        int sectorSize = context.Options.RawSectorSize ?? file.LogicalSectorSize;
        if (sectorSize is not (512 or 4096))
        {
            throw new UnsupportedFeatureException(
                "SectorSizeUnsupported",
                ErrorKind.Unsupported,
                FormattableString.Invariant($"Failed to open '{file.Name}': sectors of {sectorSize} bytes are not handled."),
                "Format the device with sectors of 512 or 4096 bytes, or copy it to an image file and give that.",
                file.Name);
        }

        if (file.Length == 0)
        {
            throw new InvalidFormatException(FormatName, "disk", 0, "the file is empty", targetName: file.Name, recommendedAction: "Check the path with Get-Item.");
        }

        bool isDevice = file is FileBlockDevice { IsBlockDevice: true } or AlignedBlockDevice;
        if (!isDevice && context.Options is { Format: null, IsKnownRaw: false })
        {
            await RefuseForeignAsync(file, cancellationToken).ConfigureAwait(false);
            RefuseNamedOtherwise(file, context);
        }

        return new RawImage(file, context.Path, sectorSize);
    }

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken)
    {
        DiskCreation.ChooseSubFormat(this, options, path);
        DiskCreation.CheckLength(this, options, long.MaxValue - options.LogicalSectorSize, path); // A raw disk keeps its very size.
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

    // An image whose signature is damaged must not pass for a disk: what would be stored of it nobody could read.
    private void RefuseNamedOtherwise(IBlockDevice file, DiskOpenContext context)
    {
        if (context.FormatOfName is { } named && named != this)
        {
            throw new InvalidFormatException(
                named.Name,
                "signature",
                -1,
                $"the file is named '{Path.GetExtension(context.Path)}' and its bytes are not {named.Name}, nor any other format that is read",
                targetName: context.Path ?? file.Name,
                recommendedAction: "Restore the image from a copy; if its bytes are the disk after all, as those of a flat extent are, set -Format Raw.");
        }
    }

    private static async ValueTask RefuseForeignAsync(IBlockDevice file, CancellationToken cancellationToken)
    {
        (byte[] head, byte[] tail) = await DiskFormatRegistry.ReadEndsAsync(file, cancellationToken).ConfigureAwait(false);
        if (ForeignSignatures.Find(head, tail) is { } foreign)
        {
            throw new UnsupportedFeatureException(
                "DiskFormatUnsupported",
                ErrorKind.Unsupported,
                $"Failed to open '{file.Name}': it is {foreign}, which is not a format that is read.",
                "Unpack it, or convert it with 'qemu-img convert -O vhdx'; if its bytes are the disk after all, set -Format Raw.",
                file.Name);
        }
    }
}
