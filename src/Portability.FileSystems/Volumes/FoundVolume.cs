using Portability.Disks.Blocks;

namespace Portability.FileSystems.Volumes;

/// <summary>A volume that was found on a disk; its file system is opened when it is asked for.</summary>
public sealed class FoundVolume : IAsyncDisposable
{
    private readonly IBlockDevice device;
    private readonly FileSystemRegistry registry;
    private readonly SemaphoreSlim opening = new(1, 1);
    private IFileSystem? opened;
    private PortabilityException? failure;

    /// <summary>Initialises a volume.</summary>
    /// <param name="disk">Number of its disk.</param>
    /// <param name="number">Number of its partition; 0 for a disk without partitions.</param>
    /// <param name="offset">Offset in its disk in bytes.</param>
    /// <param name="device">Its bytes; owned from now on.</param>
    /// <param name="registry">Opens it.</param>
    /// <param name="identity">What it is by its first bytes; null where nothing is known.</param>
    /// <param name="isReadable">True if the registry can open it.</param>
    internal FoundVolume(int disk, int number, long offset, IBlockDevice device, FileSystemRegistry registry, VolumeIdentity? identity, bool isReadable)
    {
        Disk = disk;
        Number = number;
        Offset = offset;
        this.device = device;
        this.registry = registry;
        Identity = identity;
        IsReadable = isReadable;
    }

    /// <summary>Number of its disk.</summary>
    public int Disk { get; }

    /// <summary>Number of its partition; 0 for a disk without partitions.</summary>
    public int Number { get; }

    /// <summary>Offset in its disk in bytes.</summary>
    public long Offset { get; }

    /// <summary>Length in bytes.</summary>
    public long Length => device.Length;

    /// <summary>Its name in messages.</summary>
    public string Name => device.Name;

    /// <summary>Identity of the partition in its table, as tables of mounts write it; empty when there is none.</summary>
    public string PartitionId { get; internal init; } = string.Empty;

    /// <summary>Name of the partition in its table; empty when there is none.</summary>
    public string PartitionName { get; internal init; } = string.Empty;

    /// <summary>Group and name of a logical volume, such as `vg0/root`; empty for others.</summary>
    public string LogicalName { get; internal init; } = string.Empty;

    /// <summary>What keeps it from being read; empty if nothing does.</summary>
    public string Obstacle { get; internal init; } = string.Empty;

    /// <summary>Its bytes; still its own.</summary>
    internal IBlockDevice Device => device;

    /// <summary>What it is, where it is not read.</summary>
    public VolumeIdentity? Identity { get; }

    /// <summary>True if its file system is one that can be read.</summary>
    public bool IsReadable { get; }

    /// <summary>Opens the file system, once; it stays this volume's.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It is damaged, or cannot be read.</exception>
    public async ValueTask<IFileSystem> OpenAsync(CancellationToken cancellationToken)
    {
        await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (failure is not null)
            {
                throw failure;
            }

            return opened ??= await registry.OpenAsync(device, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception)
        {
            failure = exception; // the device went with it
            throw;
        }
        finally
        {
            opening.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (opened is not null)
        {
            await opened.DisposeAsync().ConfigureAwait(false);
        }
        else if (failure is null)
        {
            await device.DisposeAsync().ConfigureAwait(false);
        }

        opening.Dispose();
    }
}
