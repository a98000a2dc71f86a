using System.Globalization;
using Portability.Disks.Blocks;

namespace Portability.Disks.Partitions;

/// <summary>Partition table of a disk: what it is, whose it is, what it lists and what is wrong with it.</summary>
public sealed record PartitionTable
{
    /// <summary>Kind of table.</summary>
    public required PartitionStyle Style { get; init; }

    /// <summary>Sector size that the table counts in, in bytes: 512 or 4096.</summary>
    public required int SectorSize { get; init; }

    /// <summary>Disk signature of the master boot record; null when there is none or it is 0.</summary>
    public uint? MbrSignature { get; init; }

    /// <summary>Disk GUID of the GUID partition table; null when there is none.</summary>
    public Guid? DiskGuid { get; init; }

    /// <summary>Partitions in the order of their numbers, extended ones included.</summary>
    public IReadOnlyList<DiskPartition> Partitions { get; init; } = [];

    /// <summary>What the master boot record of a hybrid table lists beside its protective entry.</summary>
    public IReadOnlyList<DiskPartition> HybridPartitions { get; init; } = [];

    /// <summary>What is wrong or remarkable.</summary>
    public IReadOnlyList<PartitionFinding> Findings { get; init; } = [];

    /// <summary>Identity of the disk, `0x1234ABCD` or a GUID; empty when there is none.</summary>
    public string DiskId => DiskGuid is Guid guid
        ? guid.ToString("D")
        : MbrSignature is uint signature ? "0x" + signature.ToString("X8", CultureInfo.InvariantCulture) : string.Empty;

    /// <summary>Partitions that firmware or a boot sector starts from.</summary>
    public IEnumerable<DiskPartition> BootPartitions => Partitions.Concat(HybridPartitions).Where(partition => partition.IsBoot);

    /// <summary>What a workload needs the disk for, judged by its table alone: boot when a partition to boot from is there.</summary>
    public DiskRole Role => BootPartitions.Any() ? DiskRole.Boot : DiskRole.Data;

    /// <summary>Reads the table of a disk. Costs a few sectors.</summary>
    /// <param name="device">The disk; stays the caller's.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">Both copies of a GUID partition table are damaged.</exception>
    public static ValueTask<PartitionTable> ReadAsync(IBlockDevice device, CancellationToken cancellationToken) =>
        new PartitionTableReader(device).ReadAsync(cancellationToken);
}
