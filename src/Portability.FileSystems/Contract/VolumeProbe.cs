using Portability.Disks.Blocks;

namespace Portability.FileSystems;

/// <summary>The bytes of a volume by which it is recognised.</summary>
public static class VolumeProbe
{
    /// <summary>Bytes from its start: the superblock of Btrfs lies at 64 KiB, the first uberblock of ZFS at 128 KiB.</summary>
    public const int HeadSize = 0x21000;

    /// <summary>Reads them.</summary>
    /// <param name="device">The volume; stays the caller's.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The volume cannot be read.</exception>
    public static async Task<byte[]> ReadHeadAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        byte[] head = new byte[Math.Min(HeadSize, device.Length)];
        await device.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        return head;
    }
}
