using System.Numerics;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>Opens an exFAT volume: checks its boot region, finds its tables and its state. Of one volume.</summary>
internal sealed class ExFatOpener(FatReader reader)
{
    private const string BootStructure = "boot region";
    private const string BootSection = "section 3";
    private const int MajorVersion = 1;
    private const int CountLimit = 4 << 20; // a larger bitmap is not counted when the volume is opened

    private readonly List<string> findings = [];
    private VolumeState state;
    private AllocationBitmapEntry? bitmap;
    private UpcaseTableEntry? upcase;
    private string label = string.Empty;

    /// <summary>Opens it.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It breaks its format, or is of a version that is not known.</exception>
    public async Task<ExFatVolume> OpenAsync(CancellationToken cancellationToken)
    {
        ExFatBootSector boot = await ReadBootSectorAsync(cancellationToken).ConfigureAwait(false);
        FatGeometry geometry = boot.ToGeometry();
        Check(boot, geometry);
        var table = new FatTable(reader, geometry);
        DirectoryPlace root = await ExFatVolume.FindRootAsync(table, cancellationToken).ConfigureAwait(false);
        await ReadRootAsync(root, table, boot, cancellationToken).ConfigureAwait(false);
        UpcaseTable upper = await ReadUpcaseAsync(table, cancellationToken).ConfigureAwait(false);
        long free = await CountFreeAsync(table, cancellationToken).ConfigureAwait(false);
        return new ExFatVolume(reader, table, upper, new FileSystemInformation
        {
            Type = ExFatFormat.FormatName,
            Label = label,
            Id = VolumeSerial.Describe(boot.SerialNumber),
            Length = Math.Min(geometry.Length, reader.Length),
            UnitSize = geometry.ClusterSize,
            UnitCount = geometry.ClusterCount,
            FreeUnits = free,
            FreeNodes = -1,
            State = state,
            Findings = findings,
        });
    }

    private async ValueTask<ExFatBootSector> ReadBootSectorAsync(CancellationToken cancellationToken)
    {
        byte[] sector = new byte[ExFatBootSector.Size];
        await reader.ReadStructureAsync(0, sector, BootStructure, BootSection, cancellationToken).ConfigureAwait(false);
        ExFatBootSector first = ExFatBootSector.Read(sector);
        string? fault = first.FindFault();
        if (fault is null)
        {
            byte[] region = new byte[ExFatBootChecksum.RegionSectors << first.SectorShift];
            await reader.ReadStructureAsync(0, region, BootStructure, BootSection, cancellationToken).ConfigureAwait(false);
            if (ExFatBootChecksum.Fits(region, first.SectorShift))
            {
                return first;
            }

            fault = "its checksum does not fit";
        }

        for (int shift = ExFatBootSector.MinimumSectorShift; shift <= ExFatBootSector.MaximumSectorShift; shift++)
        {
            byte[] region = new byte[ExFatBootChecksum.RegionSectors << shift];
            if (reader.Length < region.Length * 2)
            {
                break;
            }

            await reader.ReadStructureAsync(region.Length, region, BootStructure, BootSection, cancellationToken).ConfigureAwait(false);
            if (ExFatDetector.IsBackup(region, shift))
            {
                findings.Add(FormattableString.Invariant($"The boot region is damaged ({fault}): its backup at 0x{region.Length:X} was used."));
                state |= VolumeState.HasErrors;
                return ExFatBootSector.Read(region);
            }
        }

        throw reader.Invalid(BootStructure, 0, fault, BootSection);
    }

    private void Check(in ExFatBootSector boot, FatGeometry geometry)
    {
        if (boot.Revision >> 8 != MajorVersion)
        {
            throw FileErrors.Feature(
                ExFatFormat.FormatName,
                FormattableString.Invariant($"its revision is {boot.Revision >> 8}.{boot.Revision & 0xFF:D2}, {MajorVersion}.00 is known"),
                "Read it with the system that wrote it.",
                reader.Name);
        }

        if (!reader.Holds(geometry, BootStructure, BootSection, findings))
        {
            state |= VolumeState.HasErrors;
        }

        if (boot.Flags.HasFlag(ExFatVolumeFlags.VolumeDirty))
        {
            state |= VolumeState.Dirty;
            findings.Add("It is marked as in use in its boot sector: it was not unmounted before it was captured.");
        }

        if (boot.Flags.HasFlag(ExFatVolumeFlags.MediaFailure))
        {
            state |= VolumeState.HasErrors;
            findings.Add("Its system noted errors of the medium in its boot sector: a check is due.");
        }
    }

    private async ValueTask ReadRootAsync(DirectoryPlace root, FatTable table, ExFatBootSector boot, CancellationToken cancellationToken)
    {
        await foreach (DirectorySlot slot in root.ReadAsync(reader, table, cancellationToken).ConfigureAwait(false))
        {
            ReadOnlyMemory<byte> entry = slot.Bytes;
            switch (entry.Span[0])
            {
                case ExFatEntryType.AllocationBitmap:
                    AllocationBitmapEntry found = AllocationBitmapEntry.Read(entry.Span);
                    bitmap = found.IsSecond == boot.IsSecondFatActive ? found : bitmap;
                    break;
                case ExFatEntryType.UpcaseTable:
                    upcase ??= UpcaseTableEntry.Read(entry.Span);
                    break;
                case ExFatEntryType.VolumeLabel:
                    label = VolumeLabelEntry.Read(entry.Span);
                    break;
            }
        }
    }

    private async ValueTask<UpcaseTable> ReadUpcaseAsync(FatTable table, CancellationToken cancellationToken)
    {
        string fault = "there is none";
        if (upcase is { } entry)
        {
            fault = FormattableString.Invariant($"its length is {entry.DataLength} bytes");
            if (entry.DataLength is > 0 and <= UpcaseTable.MaximumLength)
            {
                byte[] bytes = await ReadStreamAsync(table, entry.FirstCluster, (int)entry.DataLength, cancellationToken).ConfigureAwait(false);
                uint checksum = UpcaseTable.Checksum(bytes);
                if (checksum == entry.TableChecksum)
                {
                    return UpcaseTable.Read(bytes);
                }

                fault = FormattableString.Invariant($"its checksum is 0x{entry.TableChecksum:X8}, 0x{checksum:X8} is right");
            }
        }

        findings.Add($"The up-case table cannot be used ({fault}): names are compared by the upper case of Unicode.");
        state |= VolumeState.HasErrors;
        return UpcaseTable.Invariant;
    }

    private async ValueTask<long> CountFreeAsync(FatTable table, CancellationToken cancellationToken)
    {
        long clusters = table.Geometry.ClusterCount;
        long length = (clusters + 7) / 8;
        if (bitmap is not { } entry || entry.DataLength < (ulong)length)
        {
            findings.Add("The allocation bitmap is missing or too short: the count of free clusters is not known.");
            state |= VolumeState.HasErrors;
            return -1;
        }

        if (length > CountLimit)
        {
            return -1;
        }

        byte[] bits = await ReadStreamAsync(table, entry.FirstCluster, (int)length, cancellationToken).ConfigureAwait(false);
        bits[^1] &= (byte)(0xFF >> (int)((length * 8) - clusters));
        long used = 0;
        foreach (byte value in bits)
        {
            used += BitOperations.PopCount(value);
        }

        return clusters - used;
    }

    private async ValueTask<byte[]> ReadStreamAsync(FatTable table, uint first, int length, CancellationToken cancellationToken)
    {
        FatGeometry geometry = table.Geometry;
        ClusterChain chain = await table.FollowAsync(first, 0, geometry.ClusterCount, cancellationToken).ConfigureAwait(false);
        if (chain.Count < geometry.ClustersFor(length) || length > reader.Length)
        {
            throw reader.Invalid(
                "FAT", table.OffsetOf(first), FormattableString.Invariant($"{length} bytes do not fit the chain of {chain.Count} clusters from {first} on"), FatTable.Section);
        }

        byte[] bytes = new byte[length];
        await new ClusterStream(length, length, chain).ReadAsync(reader, table, 0, bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}
