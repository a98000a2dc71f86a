namespace Portability.FileSystems.Fat;

/// <summary>Opens a FAT volume: checks its boot sector and finds out its state. Of one volume.</summary>
internal sealed class FatOpener(FatReader reader)
{
    private const string BootSection = "section 3";
    private const string BootStructure = "boot sector";
    private const string NoName = "NO NAME";
    private const int CompareLimit = 4 << 20; // a larger FAT is compared by a check, not when it is opened
    private const int ComparePiece = 1 << 18;
    private const uint Clean16 = 0x8000;
    private const uint NoErrors16 = 0x4000;
    private const uint Clean32 = 0x08000000;
    private const uint NoErrors32 = 0x04000000;

    private readonly List<string> findings = [];
    private VolumeState state;

    /// <summary>Opens it.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It breaks its format, or is of a version that is not known.</exception>
    public async Task<FatVolume> OpenAsync(CancellationToken cancellationToken)
    {
        BootSector boot = await ReadBootSectorAsync(cancellationToken).ConfigureAwait(false);
        BiosParameterBlock parameters = boot.Parameters;
        FatGeometry geometry = parameters.ToGeometry();
        CheckExtent(parameters, geometry);
        var table = new FatTable(reader, geometry);
        await ReadStateAsync(boot, table, cancellationToken).ConfigureAwait(false);
        if (!parameters.HasSingleFat && parameters.FatCount > 1 && geometry.FatLength <= CompareLimit)
        {
            await CompareAsync(geometry, cancellationToken).ConfigureAwait(false);
        }

        DirectoryPlace root = await FatVolume.FindRootAsync(table, cancellationToken).ConfigureAwait(false);
        string? label = await FindLabelAsync(root, table, cancellationToken).ConfigureAwait(false)
            ?? (string.Equals(boot.Label, NoName, StringComparison.Ordinal) ? null : boot.Label);
        long free = geometry.Type == FatType.Fat32
            ? await ReadFreeCountAsync(parameters, geometry, cancellationToken).ConfigureAwait(false)
            : await CountFreeAsync(table, cancellationToken).ConfigureAwait(false);
        return new FatVolume(reader, table, new FileSystemInformation
        {
            Type = geometry.Type switch { FatType.Fat12 => "FAT12", FatType.Fat16 => "FAT16", _ => "FAT32" },
            Label = label ?? string.Empty,
            Id = VolumeSerial.Describe(boot.VolumeId),
            Length = Math.Min(geometry.Length, reader.Length),
            UnitSize = geometry.ClusterSize,
            UnitCount = geometry.ClusterCount,
            FreeUnits = free,
            FreeNodes = -1,
            State = state,
            Findings = findings,
        });
    }

    private async ValueTask<BootSector> ReadBootSectorAsync(CancellationToken cancellationToken)
    {
        BootSector first = await ReadBootSectorAsync(0, cancellationToken).ConfigureAwait(false);
        if (first.FindFault() is not { } fault)
        {
            return first;
        }

        for (int i = 0; !first.IsOfOtherFormat && i < FatDetector.SectorSizes.Length; i++)
        {
            long offset = (long)FatDetector.BackupSector * FatDetector.SectorSizes[i];
            if (offset > reader.Length - BootSector.Size)
            {
                break;
            }

            BootSector second = await ReadBootSectorAsync(offset, cancellationToken).ConfigureAwait(false);
            if (FatDetector.IsBackup(second, offset))
            {
                findings.Add(FormattableString.Invariant($"The boot sector is damaged ({fault}): its copy at 0x{offset:X} was used."));
                state |= VolumeState.HasErrors;
                return second;
            }
        }

        throw reader.Invalid(BootStructure, 0, fault, BootSection);
    }

    private async ValueTask<BootSector> ReadBootSectorAsync(long offset, CancellationToken cancellationToken)
    {
        byte[] sector = new byte[BootSector.Size];
        await reader.ReadStructureAsync(offset, sector, BootStructure, BootSection, cancellationToken).ConfigureAwait(false);
        return BootSector.Read(sector);
    }

    private void CheckExtent(in BiosParameterBlock parameters, FatGeometry geometry)
    {
        if (parameters.Version != 0 && parameters.IsFat32)
        {
            throw FileErrors.Feature(
                "FAT32",
                FormattableString.Invariant($"its version is {parameters.Version >> 8}.{parameters.Version & 0xFF}, 0.0 is known"),
                "Read it with the system that wrote it.",
                reader.Name);
        }

        if (!reader.Holds(geometry, BootStructure, BootSection, findings))
        {
            state |= VolumeState.HasErrors;
        }

        if (geometry.ClusterCount < parameters.ClusterCount)
        {
            findings.Add(FormattableString.Invariant($"The FAT has entries for {geometry.ClusterCount} of {parameters.ClusterCount} clusters."));
        }

        if (geometry.Type == FatType.Fat32 && parameters.ClusterCount < BiosParameterBlock.Fat32Clusters)
        {
            findings.Add(FormattableString.Invariant($"It is laid out as FAT32 with {parameters.ClusterCount} clusters; the specification asks for {BiosParameterBlock.Fat32Clusters}."));
        }
    }

    private async ValueTask ReadStateAsync(BootSector boot, FatTable table, CancellationToken cancellationToken)
    {
        uint entry = await table.ReadAsync(1, new FatWindow(), cancellationToken).ConfigureAwait(false);
        (uint clean, uint noErrors) = table.Geometry.Type switch
        {
            FatType.Fat32 => (Clean32, NoErrors32),
            FatType.Fat16 => (Clean16, NoErrors16),
            _ => (0U, 0U),
        };
        if ((entry & clean) != clean || boot.IsDirty)
        {
            state |= VolumeState.Dirty;
            findings.Add(boot.IsDirty
                ? "It is marked as in use in its boot sector: it was not unmounted before it was captured."
                : FormattableString.Invariant($"It is marked as in use (FAT entry 1 is 0x{entry:X}): it was not unmounted before it was captured."));
        }

        if ((entry & noErrors) != noErrors)
        {
            state |= VolumeState.HasErrors;
            findings.Add(FormattableString.Invariant($"Its system noted errors of the medium (FAT entry 1 is 0x{entry:X}): a check is due."));
        }
    }

    // Two copies are what the specification recommends; of more, the second one stands for the others.
    private async ValueTask CompareAsync(FatGeometry geometry, CancellationToken cancellationToken)
    {
        byte[] first = new byte[(int)Math.Min(ComparePiece, geometry.FatLength)];
        byte[] other = new byte[first.Length];
        for (long at = 0; at < geometry.FatLength; at += first.Length)
        {
            int count = (int)Math.Min(first.Length, geometry.FatLength - at);
            long offset = geometry.FatOffset + at;
            await reader.ReadStructureAsync(offset, first.AsMemory(0, count), "FAT", FatTable.Section, cancellationToken).ConfigureAwait(false);
            await reader.ReadStructureAsync(offset + geometry.FatLength, other.AsMemory(0, count), "FAT", FatTable.Section, cancellationToken).ConfigureAwait(false);
            int same = first.AsSpan(0, count).CommonPrefixLength(other.AsSpan(0, count));
            if (same < count)
            {
                findings.Add(FormattableString.Invariant($"FAT 1 differs from FAT 0, which was used, first at byte 0x{at + same:X} of it: a check is due."));
                return;
            }
        }
    }

    private async ValueTask<string?> FindLabelAsync(DirectoryPlace root, FatTable table, CancellationToken cancellationToken)
    {
        await foreach (DirectorySlot slot in root.ReadAsync(reader, table, cancellationToken).ConfigureAwait(false))
        {
            if (DirectoryRecord.ReadLabel(slot.Bytes.Span) is { } label)
            {
                return label;
            }
        }

        return null;
    }

    private async ValueTask<long> ReadFreeCountAsync(BiosParameterBlock parameters, FatGeometry geometry, CancellationToken cancellationToken)
    {
        if (parameters.FsInfoSector is 0 or 0xFFFF || parameters.FsInfoSector >= parameters.ReservedSectors)
        {
            return -1;
        }

        byte[] sector = new byte[FsInfo.Size];
        await reader.ReadStructureAsync((long)parameters.FsInfoSector * parameters.BytesPerSector, sector, "FSInfo", "section 5", cancellationToken).ConfigureAwait(false);
        if (FsInfo.Read(sector) is not { } info)
        {
            findings.Add("Its FSInfo sector does not have its signatures: the count of free clusters is not known.");
            return -1;
        }

        return info.FreeCount <= geometry.ClusterCount ? info.FreeCount : -1;
    }

    private static async ValueTask<long> CountFreeAsync(FatTable table, CancellationToken cancellationToken)
    {
        var window = new FatWindow();
        long free = 0;
        for (uint i = 0; i < table.Geometry.ClusterCount; i++)
        {
            free += await table.ReadAsync(FatGeometry.FirstCluster + i, window, cancellationToken).ConfigureAwait(false) == 0 ? 1 : 0;
        }

        return free;
    }
}
