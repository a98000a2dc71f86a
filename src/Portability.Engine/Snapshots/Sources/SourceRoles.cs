using Portability.Disks.Partitions;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>What disks are needed for and in which order they are numbered, where the user has not said it.</summary>
internal static class SourceRoles
{
    // UEFI 2.10, section 5.2.2 and 5.3.3.
    private const byte EfiSystemMbrType = 0xEF;
    private static readonly Guid EfiSystemGptType = new("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

    /// <summary>Gives roles and numbers: a disk with a partition to boot from is a boot disk; without any the first one is. Boot disks come first.</summary>
    /// <param name="disks">The disks in the order they were given.</param>
    /// <returns>The disks in the order of their numbers.</returns>
    public static IReadOnlyList<SourceDisk> Number(IReadOnlyList<SourceDisk> disks)
    {
        if (!disks.Any(disk => disk.Role == DiskRole.Boot) && disks.FirstOrDefault(disk => disk.Wanted.Role is null) is { } first)
        {
            first.Role = DiskRole.Boot;
        }

        SourceDisk[] ordered = [.. disks.OrderBy(disk => disk.Role == DiskRole.Boot ? 0 : 1)];
        for (int i = 0; i < ordered.Length; i++)
        {
            ordered[i].Number = i;
        }

        return ordered;
    }

    /// <summary>How a machine starts from disks: UEFI where one holds an EFI system partition, else BIOS.</summary>
    /// <param name="tables">Tables of its boot disks.</param>
    public static FirmwareKind FirmwareOf(IEnumerable<PartitionTable> tables) =>
        tables.Any(table => table.BootPartitions.Any(IsEfiSystem)) ? FirmwareKind.Uefi : FirmwareKind.Bios;

    private static bool IsEfiSystem(DiskPartition partition) => partition.Kind == PartitionKind.Gpt
        ? partition.GptType == EfiSystemGptType
        : partition.MbrType == EfiSystemMbrType;
}
