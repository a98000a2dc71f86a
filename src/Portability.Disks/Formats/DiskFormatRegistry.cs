using Portability.Disks.Blocks;
using Portability.Disks.Formats.Qcow2;
using Portability.Disks.Formats.Raw;
using Portability.Disks.Formats.Vhd;
using Portability.Disks.Formats.Vhdx;
using Portability.Disks.Formats.Vmdk;

namespace Portability.Disks.Formats;

/// <summary>The formats that are known, in the order they are tried. Immutable and thread-safe.</summary>
public sealed class DiskFormatRegistry
{
    /// <summary>Bytes of a file's start that detectors see.</summary>
    public const int HeadSize = 65536;

    /// <summary>Bytes of a file's end that detectors see.</summary>
    public const int TailSize = 1024;

    private const string NamedRaw = ".raw";

    private readonly IDiskFiles files;

    /// <summary>Initialises a registry.</summary>
    /// <param name="formats">Formats in the order they are tried; the last accepts anything.</param>
    /// <param name="files">Where files are found and made.</param>
    public DiskFormatRegistry(IEnumerable<IDiskFormat> formats, IDiskFiles files)
    {
        this.files = files;
        Formats = [.. formats];
    }

    /// <summary>Formats in the order they are tried.</summary>
    public IReadOnlyList<IDiskFormat> Formats { get; }

    /// <summary>Makes the registry of all formats over the local file system.</summary>
    public static DiskFormatRegistry CreateDefault() => CreateDefault(LocalDiskFiles.Instance);

    /// <summary>Makes the registry of all formats over files of the caller's choice.</summary>
    /// <param name="files">Where files are found and made.</param>
    public static DiskFormatRegistry CreateDefault(IDiskFiles files) => new(
        [
            new VhdxFormat(),
            new VhdFormat(),
            new Qcow2Format(),
            new VmdkFormat(),
            new RawFormat(), // Always accepts, so it stays last.
        ],
        files);

    /// <summary>Finds a format by its name.</summary>
    /// <param name="name">Name, compared without case.</param>
    /// <exception cref="UnsupportedFeatureException">No such format.</exception>
    public IDiskFormat Find(string name) =>
        Formats.FirstOrDefault(format => string.Equals(format.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new UnsupportedFeatureException(
            "UnknownDiskFormat",
            ErrorKind.Unsupported,
            $"Failed to find the disk format '{name}': the formats are {string.Join(", ", Formats.Select(format => format.Name))}.",
            "Set -Format to one of them, or leave it out when reading.",
            name);

    /// <summary>Opens an image or block device read-only.</summary>
    /// <param name="path">Path of the file or device.</param>
    /// <param name="options">How to open, or null for the default.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The image; owned by the caller.</returns>
    /// <exception cref="PortabilityException">The image cannot be read, is damaged, in use or not handled.</exception>
    public ValueTask<IDiskImage> OpenAsync(string path, DiskOpenOptions? options, CancellationToken cancellationToken) =>
        OpenFileAsync(files.GetFullPath(path, baseFile: null), options ?? DiskOpenOptions.Default, child: null, cancellationToken);

    /// <summary>Opens an image from bytes that are already at hand.</summary>
    /// <param name="file">The file's bytes. Owned by the image when this returns; by the caller when it throws.</param>
    /// <param name="path">Full path that relative locators start from, or null.</param>
    /// <param name="options">How to open, or null for the default.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The image; owned by the caller.</returns>
    /// <exception cref="PortabilityException">The image cannot be read, is damaged or not handled.</exception>
    public ValueTask<IDiskImage> OpenAsync(IBlockDevice file, string? path, DiskOpenOptions? options, CancellationToken cancellationToken) =>
        OpenDeviceAsync(file, new DiskOpenContext(this, files, options ?? DiskOpenOptions.Default, path), cancellationToken);

    /// <summary>Makes a new image; an existing file is never replaced.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="format">Format's name.</param>
    /// <param name="options">Size and variant.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The empty image, writable; owned by the caller.</returns>
    /// <exception cref="PortabilityException">The image cannot be made.</exception>
    public ValueTask<IDiskImage> CreateAsync(string path, string format, DiskCreateOptions options, CancellationToken cancellationToken) =>
        Find(format).CreateAsync(files, files.GetFullPath(path, baseFile: null), options, cancellationToken);

    /// <summary>Tells the format of bytes.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<IDiskFormat> DetectAsync(IBlockDevice file, CancellationToken cancellationToken)
    {
        (byte[] head, byte[] tail) = await ReadEndsAsync(file, cancellationToken).ConfigureAwait(false);
        return Formats.First(format => format.TryDetect(head, tail));
    }

    /// <summary>
    /// Opens an existing file or block device as a raw disk that can be written, alone. What is on it is not looked at.
    /// </summary>
    /// <param name="path">Path of the file or device.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The disk; owned by the caller.</returns>
    /// <exception cref="StorageException">`FileNotFound`, `DiskInUse`, or it cannot be written.</exception>
    public async ValueTask<IDiskImage> OpenRawForWritingAsync(string path, CancellationToken cancellationToken)
    {
        string fullPath = files.GetFullPath(path, baseFile: null);
        IBlockDevice file = await files.OpenForWritingAsync(fullPath, cancellationToken).ConfigureAwait(false);
        return new RawImage(file, fullPath, file.LogicalSectorSize);
    }

    /// <summary>Tells whether a file looks like an image that its name does not say it is: its guest may have made it look so.</summary>
    /// <param name="path">Path of the file or device.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">`FileNotFound`, or it cannot be read.</exception>
    public async ValueTask<bool> IsDoubtfulAsync(string path, CancellationToken cancellationToken)
    {
        string fullPath = files.GetFullPath(path, baseFile: null);
        IBlockDevice file = await files.OpenAsync(fullPath, DiskOpenOptions.Default with { AllowInUse = true }, cancellationToken).ConfigureAwait(false);
        await using (file.ConfigureAwait(false))
        {
            IDiskFormat format = await DetectAsync(file, cancellationToken).ConfigureAwait(false);
            return format != Formats[^1] && format != FindByName(fullPath);
        }
    }

    internal static async ValueTask<(byte[] Head, byte[] Tail)> ReadEndsAsync(IBlockDevice file, CancellationToken cancellationToken)
    {
        byte[] head = new byte[(int)Math.Min(HeadSize, file.Length)];
        byte[] tail = new byte[(int)Math.Min(TailSize, file.Length)];
        await file.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        await file.ReadAsync(file.Length - tail.Length, tail, cancellationToken).ConfigureAwait(false);
        return (head, tail);
    }

    internal IDiskFormat? FindByName(string? path) => Formats.FirstOrDefault(
        format => format.Extensions.Any(extension => path?.EndsWith(extension, StringComparison.OrdinalIgnoreCase) == true));

    internal async ValueTask<IDiskImage> OpenFileAsync(string fullPath, DiskOpenOptions options, DiskOpenContext? child, CancellationToken cancellationToken)
    {
        IBlockDevice file = await files.OpenAsync(fullPath, options, cancellationToken).ConfigureAwait(false);
        try
        {
            return await OpenDeviceAsync(file, new DiskOpenContext(this, files, options, fullPath, child), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<IDiskImage> OpenDeviceAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        if (context.Options.Format is { } name)
        {
            return await Find(name).OpenAsync(file, context, cancellationToken).ConfigureAwait(false);
        }

        IDiskFormat format = await DetectAsync(file, cancellationToken).ConfigureAwait(false);
        IDiskFormat raw = Formats[^1];
        if (format != raw && file is FileBlockDevice { IsBlockDevice: true } or AlignedBlockDevice)
        {
            // A guest writes what it likes to its disk, also what makes it look like an image that reads files of this machine.
            context.Options.Observer.OnWarning(
                $"'{file.Name}' looks like {format.Name}; it is a block device, so its bytes are taken for the disk. If it holds an image, name the format with -Format.");
            format = raw;
        }

        if (format != raw && context.Options.IsKnownRaw)
        {
            context.Options.Observer.OnWarning(
                $"'{file.Name}' looks like {format.Name}; it was a raw disk before, so its bytes are taken for the disk. If an image took its place, name the format with -Format.");
            format = raw;
        }

        if (format != raw && context.Path is { } path && path.EndsWith(NamedRaw, StringComparison.OrdinalIgnoreCase))
        {
            throw new UnsupportedFeatureException(
                "DiskFormatAmbiguous",
                ErrorKind.Unsupported,
                $"Failed to open '{path}': it is named a raw disk and looks like {format.Name}, which its guest may have written there.",
                $"Rename it to '{Path.GetFileNameWithoutExtension(path)}{format.Extensions[0]}' if it is that, or look at it with Get-WorkloadDisk -Format Raw.",
                path);
        }

        context.Detected = format;
        return await format.OpenAsync(file, context, cancellationToken).ConfigureAwait(false);
    }
}
