using Portability.Disks.Blocks;

namespace Portability.FileSystems;

/// <summary>A kind of file system: tells by bytes whether a volume is one, and opens it. Stateless.</summary>
public interface IFileSystemFormat
{
    /// <summary>Name of the family, such as `ext` or `FAT`.</summary>
    string Name { get; }

    /// <summary>Tells whether a volume begins with this file system. A pure function of bytes.</summary>
    /// <param name="head">The first bytes of the volume, at most <see cref="VolumeProbe.HeadSize"/>, fewer where the volume is shorter.</param>
    bool Matches(ReadOnlySpan<byte> head);

    /// <summary>Opens a volume; a log that must be replayed is replayed in memory.</summary>
    /// <param name="device">The volume; owned by the file system from now on, also when opening fails.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It breaks its format, or needs what is not handled.</exception>
    Task<IFileSystem> OpenAsync(IBlockDevice device, CancellationToken cancellationToken);
}
