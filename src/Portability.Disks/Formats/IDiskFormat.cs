using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>One disk image format: tells its files from others, opens them, makes new ones. Stateless and thread-safe.</summary>
public interface IDiskFormat
{
    /// <summary>Format's name as users write it: `Raw`, `VHD`, `VHDX`, `QCOW2`, `VMDK`. Compared without case.</summary>
    string Name { get; }

    /// <summary>File name extensions of the format, lower case with the dot; the first is the usual one. Never used to detect.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Subformats that <see cref="CreateAsync"/> makes, the default first; empty when the format is only read.</summary>
    IReadOnlyList<string> CreatableSubFormats { get; }

    /// <summary>Tells from bytes alone whether a file is of this format, damaged or not. Must not throw, whatever the bytes.</summary>
    /// <param name="head">First bytes of the file: <see cref="DiskFormatRegistry.HeadSize"/>, or all of a shorter file.</param>
    /// <param name="tail">Last bytes of the file: <see cref="DiskFormatRegistry.TailSize"/>, or all of a shorter file.</param>
    /// <returns>True if the file claims to be of this format, even if a version or variant that is refused on open.</returns>
    bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail);

    /// <summary>Opens an image read-only.</summary>
    /// <param name="file">The file's bytes. The image owns and disposes it when this returns; when this throws, the caller still owns it.</param>
    /// <param name="context">Path, options, and the way to other files and to parents.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">The bytes do not follow the format.</exception>
    /// <exception cref="UnsupportedFeatureException">A known feature is not handled.</exception>
    /// <exception cref="StorageException">The file, a parent or an extent file cannot be read, is missing or in use.</exception>
    ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a new, empty image that can be written through the block device contract. It is complete and durable after
    /// <see cref="IBlockDevice.FlushAsync"/>; disposing without a flush leaves a file that may be refused.
    /// </summary>
    /// <param name="files">Where files are made. An existing file is never replaced.</param>
    /// <param name="path">Full path of the file.</param>
    /// <param name="options">Size and variant; checked here.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="UnsupportedFeatureException">The format cannot hold such a disk, or is not written.</exception>
    /// <exception cref="StorageException">The file exists already or cannot be written.</exception>
    ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken);
}
