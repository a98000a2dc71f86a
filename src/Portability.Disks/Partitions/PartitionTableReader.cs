using Portability.Disks.Blocks;

namespace Portability.Disks.Partitions;

/// <summary>Reads the partition table of one disk; used once.</summary>
/// <param name="device">The disk; stays the caller's.</param>
internal sealed class PartitionTableReader(IBlockDevice device)
{
    private readonly List<PartitionFinding> findings = [];

    /// <summary>Reads the table.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">Both copies of a GUID partition table are damaged.</exception>
    public async ValueTask<PartitionTable> ReadAsync(CancellationToken cancellationToken)
    {
        int own = device.LogicalSectorSize;
        if (device.Length < MasterBootRecord.Size)
        {
            return new PartitionTable { Style = PartitionStyle.None, SectorSize = own };
        }

        byte[] sector = new byte[MasterBootRecord.Size];
        await device.ReadAsync(0, sector, cancellationToken).ConfigureAwait(false);
        MasterBootRecord record = MasterBootRecord.Read(sector);
        bool isTable = record.LooksLikeTable && (record.Entries.Any(entry => entry.IsUsed) || !VolumeSignature.IsBootSector(sector));
        bool isProtected = isTable && record.Entries.Any(entry => entry.Type == MbrPartitionTypes.GptProtective);
        var gpt = new GptReader(device, findings);
        GptContents? contents = await gpt.ReadAsync(own, isProtected, cancellationToken).ConfigureAwait(false);
        if (contents is null)
        {
            int other = own == 512 ? 4096 : 512;
            contents = await gpt.ReadAsync(other, isProtected, cancellationToken).ConfigureAwait(false);
            if (contents is not null)
            {
                Report(PartitionFindingKind.OtherSectorSize, FormattableString.Invariant($"the GUID partition table was written for sectors of {other} bytes, the disk has {own}"));
            }
        }

        if (contents is not null && (isProtected || !isTable || !record.Entries.Any(entry => entry.IsUsed)))
        {
            return Finish(contents, record, isProtected);
        }

        if (isProtected)
        {
            gpt.ThrowIfDamaged();
        }

        gpt.ReportDamage();
        return isTable
            ? await ReadMbrAsync(record, contents is not null, isProtected, cancellationToken).ConfigureAwait(false)
            : new PartitionTable { Style = PartitionStyle.None, SectorSize = own, Findings = findings };
    }

    private static uint? NonZero(uint signature) => signature == 0 ? null : signature;

    private PartitionTable Finish(GptContents contents, MasterBootRecord record, bool isProtected)
    {
        if (!isProtected)
        {
            Report(PartitionFindingKind.ProtectiveRecordMissing, "the GUID partition table has no protective master boot record");
        }

        DiskPartition[] beside = isProtected ? [.. MbrReader.Primaries(record, contents.SectorSize, withProtective: false)] : [];
        IReadOnlyList<DiskPartition> partitions = contents.Partitions;
        PartitionBounds.Check(partitions, device.Length, findings);
        return new PartitionTable
        {
            Style = beside.Length > 0 ? PartitionStyle.Hybrid : PartitionStyle.Gpt,
            SectorSize = contents.SectorSize,
            MbrSignature = isProtected ? NonZero(record.DiskSignature) : null,
            DiskGuid = contents.DiskGuid,
            Partitions = partitions,
            HybridPartitions = beside,
            Findings = findings,
        };
    }

    private async ValueTask<PartitionTable> ReadMbrAsync(MasterBootRecord record, bool ignoredGpt, bool isProtected, CancellationToken cancellationToken)
    {
        if (ignoredGpt)
        {
            findings.Clear();
            Report(PartitionFindingKind.UnprotectedGptIgnored, "a GUID partition table lies beside a master boot record that does not protect it");
        }
        else if (isProtected)
        {
            Report(PartitionFindingKind.GptMissing, "the master boot record protects a GUID partition table that is not there");
        }

        var reader = new MbrReader(device, findings);
        int sectorSize = await reader.ChooseSectorSizeAsync(record, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<DiskPartition> partitions = await reader.ReadAsync(record, sectorSize, cancellationToken).ConfigureAwait(false);
        PartitionBounds.Check(partitions, device.Length, findings);
        return new PartitionTable
        {
            Style = PartitionStyle.Mbr,
            SectorSize = sectorSize,
            MbrSignature = NonZero(record.DiskSignature),
            Partitions = partitions,
            Findings = findings,
        };
    }

    private void Report(PartitionFindingKind kind, string text) => findings.Add(new PartitionFinding(kind, text));
}
