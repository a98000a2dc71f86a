using Portability.Disks.Blocks;

namespace Portability.Disks.Partitions;

/// <summary>Reads the partitions of a master boot record, logical ones included.</summary>
/// <param name="device">The disk.</param>
/// <param name="findings">Where findings are added.</param>
internal sealed class MbrReader(IBlockDevice device, List<PartitionFinding> findings)
{
    /// <summary>Links of an extended partition that are followed; Linux shows no more than 60, Windows 128.</summary>
    public const int MaximumLogicalPartitions = 256;

    private const int FirstLogicalNumber = 5;

    /// <summary>Turns the used entries of a record into partitions, numbered by their place.</summary>
    /// <param name="record">The record.</param>
    /// <param name="sectorSize">Bytes of a sector.</param>
    /// <param name="withProtective">False to leave the entry out that protects a GUID partition table.</param>
    public static IEnumerable<DiskPartition> Primaries(MasterBootRecord record, int sectorSize, bool withProtective)
    {
        for (int i = 0; i < MasterBootRecord.EntryCount; i++)
        {
            MbrPartitionEntry entry = record.Entries[i];
            if (entry.IsUsed && (withProtective || entry.Type != MbrPartitionTypes.GptProtective))
            {
                yield return Make(i + 1, entry.IsExtended ? PartitionKind.Extended : PartitionKind.Primary, entry, entry.FirstSector, sectorSize);
            }
        }
    }

    /// <summary>Tells which sector size the record was written for: the disk's own unless only the other one leads to volumes.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<int> ChooseSectorSizeAsync(MasterBootRecord record, CancellationToken cancellationToken)
    {
        int own = device.LogicalSectorSize;
        int other = own == 512 ? 4096 : 512;
        MbrPartitionEntry[] used = [.. record.Entries.Where(entry => entry.IsUsed && entry.Type != MbrPartitionTypes.GptProtective)];
        if (used.Any(entry => ((long)entry.FirstSector + entry.SectorCount) * other > device.Length))
        {
            return own;
        }

        bool found = false;
        foreach (MbrPartitionEntry entry in used)
        {
            if (await VolumeSignature.IsAtAsync(device, (long)entry.FirstSector * own, cancellationToken).ConfigureAwait(false))
            {
                return own;
            }

            found = found || await VolumeSignature.IsAtAsync(device, (long)entry.FirstSector * other, cancellationToken).ConfigureAwait(false);
        }

        if (!found)
        {
            return own;
        }

        findings.Add(new PartitionFinding(
            PartitionFindingKind.OtherSectorSize,
            FormattableString.Invariant($"the master boot record was written for sectors of {other} bytes, the disk has {own}")));
        return other;
    }

    /// <summary>Reads all partitions: the primary ones, then the logical ones of each extended partition.</summary>
    /// <param name="record">The record.</param>
    /// <param name="sectorSize">Bytes of a sector.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<IReadOnlyList<DiskPartition>> ReadAsync(MasterBootRecord record, int sectorSize, CancellationToken cancellationToken)
    {
        List<DiskPartition> partitions = [.. Primaries(record, sectorSize, withProtective: true)];
        int number = FirstLogicalNumber;
        foreach (DiskPartition extended in partitions.Where(one => one.Kind == PartitionKind.Extended).ToArray())
        {
            await foreach (DiskPartition logical in ReadLogicalAsync(extended, number, sectorSize, cancellationToken).ConfigureAwait(false))
            {
                partitions.Add(logical);
                number++;
            }
        }

        return partitions;
    }

    private static DiskPartition Make(int number, PartitionKind kind, MbrPartitionEntry entry, long firstSector, int sectorSize) => new()
    {
        Number = number,
        Kind = kind,
        Offset = firstSector * sectorSize,
        Length = (long)entry.SectorCount * sectorSize,
        MbrType = entry.Type,
        IsActive = (entry.Status & 0x80) != 0,
    };

    private async IAsyncEnumerable<DiskPartition> ReadLogicalAsync(
        DiskPartition extended,
        int number,
        int sectorSize,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long first = extended.Offset / sectorSize;
        long at = first;
        var seen = new HashSet<long>();
        byte[] sector = new byte[MasterBootRecord.Size];
        while (true)
        {
            string? broken = !seen.Add(at) ? "comes back to itself"
                : seen.Count > MaximumLogicalPartitions ? FormattableString.Invariant($"is longer than {MaximumLogicalPartitions} links")
                : (at * sectorSize) + MasterBootRecord.Size > device.Length ? "leaves the disk"
                : null;
            MasterBootRecord record = default;
            if (broken is null)
            {
                await device.ReadAsync(at * sectorSize, sector, cancellationToken).ConfigureAwait(false);
                record = MasterBootRecord.Read(sector);
                broken = record.HasSignature ? null : "ends in a sector without the signature of a boot record";
            }

            if (broken is not null)
            {
                findings.Add(new PartitionFinding(
                    PartitionFindingKind.LogicalChainBroken,
                    FormattableString.Invariant($"the chain of logical partitions {broken}, at sector {at}")));
                yield break;
            }

            foreach (MbrPartitionEntry entry in record.Entries.Where(entry => entry.IsUsed && !entry.IsExtended))
            {
                yield return Make(number++, PartitionKind.Logical, entry, at + entry.FirstSector, sectorSize);
            }

            MbrPartitionEntry link = record.Entries.FirstOrDefault(entry => entry.IsUsed && entry.IsExtended);
            if (!link.IsUsed)
            {
                yield break;
            }

            at = first + link.FirstSector;
        }
    }
}
