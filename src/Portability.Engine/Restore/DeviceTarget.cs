using Portability.Core.Native;
using Portability.Disks.Blocks;

namespace Portability.Engine.Restore;

/// <summary>An existing block device, overwritten in place: it has no other name to be whole under first.</summary>
internal sealed class DeviceTarget : IRestoreTarget
{
    private readonly FileBlockDevice opened;

    private DeviceTarget(FileBlockDevice opened, IBlockDevice device)
    {
        this.opened = opened;
        Device = device;
    }

    /// <inheritdoc/>
    public string Path => opened.Name;

    /// <inheritdoc/>
    public IBlockDevice Device { get; }

    /// <inheritdoc/>
    public bool IsZero => false;

    /// <summary>Opens a device alone.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="length">Length in bytes that the disk needs.</param>
    /// <param name="force">True if the user agreed that what it holds is lost.</param>
    /// <exception cref="StorageException">`DeviceTooSmall`, `ForceRequired`, `DiskInUse`, or it cannot be opened.</exception>
    public static async Task<DeviceTarget> OpenAsync(string path, long length, bool force)
    {
        if (!force)
        {
            throw new StorageException(
                "ForceRequired",
                ErrorKind.Exists,
                $"Failed to restore to '{path}': it is a block device, and what it holds would be lost.",
                "Set -Force if nothing on the device is needed any more.",
                path);
        }

        FileBlockDevice device = FileBlockDevice.OpenForWriting(path);
        if (device.Length >= length)
        {
            return new DeviceTarget(device, device.Alignment > 1 ? new AlignedBlockDevice(device, device.Alignment) : device);
        }

        long there = device.Length;
        await device.DisposeAsync().ConfigureAwait(false);
        throw new StorageException(
            "DeviceTooSmall",
            ErrorKind.Limit,
            FormattableString.Invariant($"Failed to restore to '{path}': the disk has {length} bytes, the device {there}."),
            "Give a larger device to -DestinationPath.",
            path);
    }

    /// <summary>Tells whether a path is a block device.</summary>
    /// <param name="path">Full path.</param>
    public static bool IsDevice(string path) => NativeStorage.Current.IsBlockDevice(path);

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellationToken) => Device.FlushAsync(cancellationToken).AsTask();

    /// <inheritdoc/>
    public Task PublishAsync() => Task.CompletedTask;

    /// <summary>Closes the device.</summary>
    public ValueTask DisposeAsync() => opened.DisposeAsync();
}
