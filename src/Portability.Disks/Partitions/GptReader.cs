using Portability.Core.Checksums;
using Portability.Disks.Blocks;

namespace Portability.Disks.Partitions;

/// <summary>Reads a GUID partition table: the first copy when it is sound, else the backup, and says which.</summary>
/// <param name="device">The disk.</param>
/// <param name="findings">Where findings are added.</param>
internal sealed class GptReader(IBlockDevice device, List<PartitionFinding> findings)
{
    private string? damage;
    private long damageOffset;

    /// <summary>Reads the table as if sectors had a given size.</summary>
    /// <param name="sectorSize">Bytes of a sector.</param>
    /// <param name="searchBackup">True to look at the last sector even if the second one holds nothing like a header.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The table, or null when no sound copy is there.</returns>
    public async ValueTask<GptContents?> ReadAsync(int sectorSize, bool searchBackup, CancellationToken cancellationToken)
    {
        long last = (device.Length / sectorSize) - 1;
        if (last < 2)
        {
            return null;
        }

        byte[] sector = new byte[sectorSize];
        await device.ReadAsync(sectorSize, sector, cancellationToken).ConfigureAwait(false);
        bool claimed = GptHeader.HasSignature(sector);
        (GptCopy? primary, string? primaryFact) = await ReadCopyAsync(1, sectorSize, cancellationToken).ConfigureAwait(false);
        if (primary is null && !claimed && !searchBackup)
        {
            return null;
        }

        long backupAt = primary is null ? last : Place(primary.Header.AlternateLba, last);
        (GptCopy? backup, string? backupFact) = await ReadCopyAsync(backupAt, sectorSize, cancellationToken).ConfigureAwait(false);
        if (primary is null && backup is null)
        {
            if (claimed)
            {
                damage = $"{primaryFact}; of the backup at sector {backupAt}: {backupFact}";
                damageOffset = sectorSize;
            }

            return null;
        }

        if (primary is null)
        {
            Report(PartitionFindingKind.PrimaryDamaged, $"the first GUID partition table is damaged ({primaryFact}); its backup at sector {backupAt} was used");
        }
        else
        {
            CompareBackup(primary, backup, backupFact, last);
        }

        GptCopy used = (primary ?? backup)!;
        return new GptContents(sectorSize, used.Header, ReadPartitions(used, sectorSize));
    }

    /// <summary>Refuses a table whose first header is there but of which no copy is sound.</summary>
    /// <exception cref="InvalidFormatException">It is.</exception>
    public void ThrowIfDamaged()
    {
        if (damage is not null)
        {
            throw new InvalidFormatException(
                "GPT",
                "header",
                damageOffset,
                damage,
                "UEFI 2.10 section 5.3.2",
                device.Name,
                "Restore the table from a backup of it, with gdisk or sgdisk --load-backup, before capturing the disk by partitions.");
        }
    }

    /// <summary>Reports a table of which no copy is sound, where nothing says that the disk needs it.</summary>
    public void ReportDamage()
    {
        if (damage is not null)
        {
            Report(PartitionFindingKind.GptDamaged, $"a GUID partition table without protective master boot record is damaged ({damage})");
        }
    }

    private static long Place(ulong lba, long last) => lba <= (ulong)last ? (long)lba : last;

    private async ValueTask<(GptCopy? Copy, string? Fact)> ReadCopyAsync(long lba, int sectorSize, CancellationToken cancellationToken)
    {
        byte[] sector = new byte[sectorSize];
        await device.ReadAsync(lba * sectorSize, sector, cancellationToken).ConfigureAwait(false);
        if (GptHeader.TryRead(sector, lba, out GptHeader header) is { } fact)
        {
            return (null, fact);
        }

        long sectors = device.Length / sectorSize;
        if (header.PartitionEntryLba >= (ulong)sectors || header.EntryBytes > (ulong)(device.Length - ((long)header.PartitionEntryLba * sectorSize)))
        {
            return (null, FormattableString.Invariant($"{header.EntryBytes} bytes of entries at sector {header.PartitionEntryLba} lie outside the disk"));
        }

        byte[] entries = new byte[header.EntryBytes];
        await device.ReadAsync((long)header.PartitionEntryLba * sectorSize, entries, cancellationToken).ConfigureAwait(false);
        uint computed = Crc32.Compute(entries);
        return computed == header.PartitionEntryCrc
            ? (new GptCopy(header, entries), null)
            : (null, FormattableString.Invariant($"the entries' CRC-32 is 0x{computed:X8}, 0x{header.PartitionEntryCrc:X8} is stored"));
    }

    private void CompareBackup(GptCopy primary, GptCopy? backup, string? backupFact, long last)
    {
        if (primary.Header.AlternateLba > (ulong)last)
        {
            Report(
                PartitionFindingKind.BackupDamaged,
                FormattableString.Invariant($"the backup GUID partition table should be at sector {primary.Header.AlternateLba}, the disk ends at {last}"));
        }
        else if (backup is null)
        {
            Report(PartitionFindingKind.BackupDamaged, $"the backup GUID partition table is damaged ({backupFact})");
        }
        else if (backup.Header.DiskGuid != primary.Header.DiskGuid || backup.Header.PartitionEntryCrc != primary.Header.PartitionEntryCrc)
        {
            Report(PartitionFindingKind.HeadersDiffer, "the two GUID partition tables describe different partitions; the first was used");
        }
        else if (primary.Header.AlternateLba != (ulong)last)
        {
            Report(
                PartitionFindingKind.BackupNotAtEnd,
                FormattableString.Invariant($"the backup GUID partition table is at sector {primary.Header.AlternateLba}, the disk ends at {last}"));
        }
    }

    private List<DiskPartition> ReadPartitions(GptCopy copy, int sectorSize)
    {
        var partitions = new List<DiskPartition>();
        for (int i = 0; i < copy.Header.NumberOfEntries; i++)
        {
            GptPartitionEntry entry = GptPartitionEntry.Read(copy.Entries.AsSpan(i * (int)copy.Header.SizeOfEntry, GptPartitionEntry.Size));
            if (entry.Type == Guid.Empty)
            {
                continue;
            }

            // The end in bytes must fit a long, whatever the disk's length.
            if (entry.LastLba < entry.FirstLba || entry.LastLba >= (ulong)(long.MaxValue / sectorSize))
            {
                Report(
                    PartitionFindingKind.EntryIgnored,
                    FormattableString.Invariant($"entry {i + 1} of the GUID partition table reaches from sector {entry.FirstLba} to {entry.LastLba}; it was left out"));
                continue;
            }

            partitions.Add(Make(i + 1, entry, sectorSize));
        }

        return partitions;
    }

    private static DiskPartition Make(int number, GptPartitionEntry entry, int sectorSize) => new()
    {
        Number = number,
        Kind = PartitionKind.Gpt,
        Offset = (long)entry.FirstLba * sectorSize,
        Length = (long)(entry.LastLba - entry.FirstLba + 1) * sectorSize,
        GptType = entry.Type,
        UniqueId = entry.UniqueId,
        Name = entry.Name,
        Attributes = entry.Attributes,
        IsActive = (entry.Attributes & GptPartitionEntry.LegacyBootable) != 0,
    };

    private void Report(PartitionFindingKind kind, string text) => findings.Add(new PartitionFinding(kind, text));

    private sealed record GptCopy(GptHeader Header, byte[] Entries);
}
