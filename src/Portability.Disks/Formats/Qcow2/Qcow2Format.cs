using System.Text;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Qcow2;

/// <summary>QEMU's copy-on-write format: versions 2 and 3 are read, version 3 is written.</summary>
/// <remarks>QEMU docs/interop/qcow2.</remarks>
public sealed class Qcow2Format : IDiskFormat
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "QCOW2";

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".qcow2", ".qcow"];

    /// <inheritdoc/>
    public IReadOnlyList<string> CreatableSubFormats { get; } = ["v3"];

    /// <inheritdoc/>
    public bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => Qcow2Header.VersionOf(head) is not null;

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        string target = context.Path ?? file.Name;
        byte[] head = new byte[(int)Math.Min(Qcow2Header.ReadSize, file.Length)];
        await file.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        CheckVersion(head, target);
        Qcow2Header header = Qcow2Header.Read(head);
        Qcow2HeaderChecks.Validate(header, file.Length, target);

        byte[] cluster = new byte[(int)Math.Min(header.ClusterSize, file.Length)];
        await file.ReadAsync(0, cluster, cancellationToken).ConfigureAwait(false);
        Qcow2HeaderExtensions extensions = Qcow2HeaderExtensions.Read(cluster, (int)header.HeaderLength);
        Qcow2HeaderChecks.CheckFeatures(header, extensions, context, target);
        IReadOnlyList<Qcow2Bitmap> bitmaps = extensions.BitmapDirectory is { } place && (header.AutoclearFeatures & Qcow2Features.BitmapsValid) != 0
            ? await Qcow2BitmapDirectory.ReadAsync(file, place, cancellationToken).ConfigureAwait(false)
            : [];
        string? backing = header.BackingFileOffset != 0 && header.BackingFileSize != 0
            ? Encoding.UTF8.GetString(cluster, (int)header.BackingFileOffset, (int)header.BackingFileSize)
            : null;
        string? backingPath = backing is null ? null : Qcow2BackingName.ToPath(backing, target);
        string? backingFormat = Qcow2BackingName.ToFormat(extensions.BackingFormat, target);

        IBlockDevice? dataFile = await OpenDataFileAsync(header, extensions, context, target, cancellationToken).ConfigureAwait(false);
        try
        {
            IDiskImage? parent = backingPath is null
                ? null
                : await context.OpenParentAsync([backingPath], backingFormat, static _ => null, cancellationToken).ConfigureAwait(false);
            return new Qcow2Image(file, context.Path, header, dataFile, parent)
            {
                BackingName = backing,
                SectorSize = context.Options.RawSectorSize ?? 512,
                Bitmaps = bitmaps,
                ToleratedDamage = context.ToleratedDamage,
            };
        }
        catch
        {
            if (dataFile is not null)
            {
                await dataFile.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken)
    {
        Qcow2Layout layout = Qcow2Layout.Plan(this, options, path);
        IResizableBlockDevice file = await files.CreateAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            return await Qcow2Writer.CreateAsync(file, path, layout, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void CheckVersion(ReadOnlySpan<byte> head, string target)
    {
        uint? version = Qcow2Header.VersionOf(head);
        switch (version)
        {
            case 2 or 3:
                return;
            case null:
                throw Qcow2Errors.Invalid("header", 0, "the magic number is missing", "Header", target);
            case 1:
                throw Qcow2Errors.Unsupported(
                    "Qcow1NotRead", target, "it has the format QCOW version 1", $"Convert it with: qemu-img convert -f qcow -O qcow2 '{target}' new.qcow2");
            default:
                throw Qcow2Errors.Unsupported(
                    "Qcow2Version",
                    target,
                    $"it has version {version} of the format, 2 and 3 are known",
                    $"Convert it with the program that wrote it: qemu-img convert -O qcow2 -o compat=1.1 '{target}' new.qcow2");
        }
    }

    private static async ValueTask<IBlockDevice?> OpenDataFileAsync(
        Qcow2Header header, Qcow2HeaderExtensions extensions, DiskOpenContext context, string target, CancellationToken cancellationToken)
    {
        if ((header.IncompatibleFeatures & Qcow2Features.ExternalData) == 0)
        {
            return null;
        }

        if (string.IsNullOrEmpty(extensions.DataFile))
        {
            throw Qcow2Errors.Invalid("header extension", -1, "data lies in another file, but none is named", "External data file name", target);
        }

        return await context.OpenFileAsync(Qcow2BackingName.ToPath(extensions.DataFile, target), cancellationToken).ConfigureAwait(false);
    }
}
