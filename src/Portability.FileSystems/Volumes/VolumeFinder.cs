using System.Globalization;
using Portability.Disks.Blocks;
using Portability.Disks.Partitions;
using Portability.FileSystems.Lvm;

namespace Portability.FileSystems.Volumes;

/// <summary>Finds the volumes of a disk: in its partitions, or the disk whole. Stateless.</summary>
public static class VolumeFinder
{
    /// <summary>Finds the volumes of a disk. Costs the partition table and the first bytes of each partition.</summary>
    /// <param name="disk">The disk; stays the caller's and must outlive the volumes.</param>
    /// <param name="number">Its number within its machine.</param>
    /// <param name="registry">What can be read.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Volumes in the order of the table, with what is in them known or not; the caller's.</returns>
    /// <exception cref="PortabilityException">The table is damaged, or the disk cannot be read.</exception>
    public static async Task<IReadOnlyList<FoundVolume>> FindAsync(IBlockDevice disk, int number, FileSystemRegistry registry, CancellationToken cancellationToken)
    {
        var volumes = new List<FoundVolume>();
        byte[] head = await VolumeProbe.ReadHeadAsync(disk, cancellationToken).ConfigureAwait(false);
        bool isWhole = registry.Find(head) is not null || KnownVolumes.Identify(head) is not null;
        PartitionTable table = await PartitionTable.ReadAsync(disk, cancellationToken).ConfigureAwait(false);
        if (table.Partitions.Count == 0)
        {
            if (isWhole)
            {
                volumes.Add(await ProbeAsync(disk, number, null, table, registry, cancellationToken).ConfigureAwait(false));
            }

            return volumes;
        }

        foreach (DiskPartition partition in table.Partitions.Where(partition => partition.Kind != PartitionKind.Extended && partition.Offset < disk.Length && partition.Length > 0))
        {
            volumes.Add(await ProbeAsync(disk, number, partition, table, registry, cancellationToken).ConfigureAwait(false));
        }

        return volumes;
    }

    /// <summary>Puts logical volumes together from the physical ones of all disks of a machine.</summary>
    /// <param name="volumes">All volumes that were found; they stay the caller's and must outlive what is returned.</param>
    /// <param name="registry">What can be read.</param>
    /// <param name="onDamage">Told of metadata that is damaged.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Logical volumes that people see, by group; the caller's. Disk, number and offset are those of the first byte.</returns>
    /// <exception cref="StorageException">A disk cannot be read.</exception>
    public static async Task<IReadOnlyList<FoundVolume>> FindLogicalAsync(
        IReadOnlyList<FoundVolume> volumes, FileSystemRegistry registry, Action<PortabilityException> onDamage, CancellationToken cancellationToken)
    {
        FoundVolume[] physical = [.. volumes.Where(volume => volume.Identity?.Type is KnownVolumes.LogicalVolumeManager)];
        var found = new List<FoundVolume>();
        foreach (LogicalVolume volume in await VolumeGroup.ReadAsync([.. physical.Select(item => item.Device)], onDamage, cancellationToken).ConfigureAwait(false))
        {
            FoundVolume? home = volume.First is { } first ? Array.Find(physical, item => item.Device == first.Device) : physical.FirstOrDefault();
            IBlockDevice device = volume.Device ?? new ZeroBlockDevice(0);
            byte[] head = await VolumeProbe.ReadHeadAsync(device, cancellationToken).ConfigureAwait(false);
            bool isReadable = registry.Find(head) is not null;
            found.Add(new FoundVolume(home?.Disk ?? 0, home?.Number ?? 0, (home?.Offset ?? 0) + (volume.First?.Offset ?? 0), device, registry, isReadable ? null : KnownVolumes.Identify(head), isReadable)
            {
                LogicalName = $"{volume.Group}/{volume.Name}",
                Obstacle = volume.Obstacle is { } obstacle ? $"Logical volume {volume.Group}/{volume.Name} cannot be read: {obstacle}." : string.Empty,
            });
        }

        return found;
    }

    private static async Task<FoundVolume> ProbeAsync(
        IBlockDevice disk, int number, DiskPartition? partition, PartitionTable table, FileSystemRegistry registry, CancellationToken cancellationToken)
    {
        long offset = partition?.Offset ?? 0, length = Math.Min(partition?.Length ?? disk.Length, disk.Length - offset);
        string name = partition is null ? disk.Name : FormattableString.Invariant($"{disk.Name} partition {partition.Number}");
        var device = new SubrangeBlockDevice(disk, offset, length, ownsInner: false, name);
        byte[] head = await VolumeProbe.ReadHeadAsync(device, cancellationToken).ConfigureAwait(false);
        bool isReadable = registry.Find(head) is not null;
        return new FoundVolume(number, partition?.Number ?? 0, offset, device, registry, isReadable ? null : KnownVolumes.Identify(head), isReadable)
        {
            PartitionId = IdOf(partition, table),
            PartitionName = partition?.Name ?? string.Empty,
        };
    }

    // As Linux writes PARTUUID: the GUID, or the disk's signature and the number.
    private static string IdOf(DiskPartition? partition, PartitionTable table) =>
        partition is null ? string.Empty
        : partition.UniqueId is { } id && id != Guid.Empty ? id.ToString("D")
        : table.MbrSignature is uint signature ? string.Create(CultureInfo.InvariantCulture, $"{signature:x8}-{partition.Number:x2}")
        : string.Empty;
}
