namespace Portability.Disks.Partitions;

/// <summary>Reports partitions that reach past the disk or into each other.</summary>
internal static class PartitionBounds
{
    /// <summary>Checks all partitions but the containers of logical ones.</summary>
    /// <param name="partitions">Partitions of one table.</param>
    /// <param name="diskLength">Length of the disk in bytes.</param>
    /// <param name="findings">Where findings are added.</param>
    public static void Check(IReadOnlyList<DiskPartition> partitions, long diskLength, List<PartitionFinding> findings)
    {
        DiskPartition? before = null;
        foreach (DiskPartition partition in partitions.Where(one => one.Kind != PartitionKind.Extended).OrderBy(one => one.Offset))
        {
            if (partition.End > diskLength)
            {
                findings.Add(new PartitionFinding(
                    PartitionFindingKind.PartitionOutsideDisk,
                    FormattableString.Invariant($"partition {partition.Number} ends at 0x{partition.End:X}, the disk at 0x{diskLength:X}")));
            }

            if (before is not null && partition.Offset < before.End)
            {
                findings.Add(new PartitionFinding(
                    PartitionFindingKind.PartitionsOverlap,
                    FormattableString.Invariant($"partition {partition.Number} begins at 0x{partition.Offset:X}, inside partition {before.Number}")));
            }

            if (before is null || partition.End > before.End)
            {
                before = partition;
            }
        }
    }
}
