using Portability.Disks.Blocks;
using Portability.FileSystems.ExFat;
using Portability.FileSystems.Ext;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.Volumes;

/// <summary>The file systems that can be read. Immutable.</summary>
public sealed class FileSystemRegistry
{
    private readonly IReadOnlyList<IFileSystemFormat> formats;

    /// <summary>Initialises a registry.</summary>
    /// <param name="formats">Formats, asked in this order.</param>
    public FileSystemRegistry(IReadOnlyList<IFileSystemFormat> formats) => this.formats = formats;

    /// <summary>All that there are.</summary>
    public static FileSystemRegistry CreateDefault() => new([new ExtFormat(), new ExFatFormat(), new FatFormat()]);

    /// <summary>Finds the format of a volume.</summary>
    /// <param name="head">Its first bytes: see <see cref="VolumeProbe"/>.</param>
    /// <returns>Null if it is none that can be read.</returns>
    public IFileSystemFormat? Find(ReadOnlySpan<byte> head)
    {
        foreach (IFileSystemFormat format in formats)
        {
            if (format.Matches(head))
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>Opens a volume.</summary>
    /// <param name="device">The volume; owned by the file system from now on, also when opening fails.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="UnsupportedFeatureException">`FileSystemNotSupported`: it is named, and cannot be read.</exception>
    /// <exception cref="PortabilityException">It is damaged, or needs what is not handled.</exception>
    public async Task<IFileSystem> OpenAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        IFileSystemFormat? format;
        try
        {
            byte[] head = await VolumeProbe.ReadHeadAsync(device, cancellationToken).ConfigureAwait(false);
            format = Find(head) ?? throw new UnsupportedFeatureException(
                "FileSystemNotSupported",
                ErrorKind.Unsupported,
                $"Failed to open the volume '{device.Name}': {(KnownVolumes.Identify(head) is { } known ? $"its file system, {known.Type}, cannot be read" : "it holds no file system that is known")}.",
                "List the volumes with Get-WorkloadVolume; copy files of this one inside its own system.",
                device.Name);
        }
        catch
        {
            await device.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return await format.OpenAsync(device, cancellationToken).ConfigureAwait(false);
    }
}
