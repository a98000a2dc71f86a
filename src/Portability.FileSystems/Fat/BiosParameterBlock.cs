using System.Buffers.Binary;
using System.Numerics;

namespace Portability.FileSystems.Fat;

/// <summary>BIOS parameter block of FAT12, FAT16 and FAT32: the layout of the volume.</summary>
/// <remarks>Microsoft FAT specification, section 3. At byte 11 of the boot sector, little-endian.</remarks>
internal readonly record struct BiosParameterBlock
{
    /// <summary>Offset behind the fields that all types have: there the extended block begins.</summary>
    public const int CommonEnd = TotalSectors32At + 4;

    /// <summary>Offset behind the fields that only FAT32 has.</summary>
    public const int Fat32End = Fat32ReservedAt + 12;

    /// <summary>Fewer clusters are FAT12.</summary>
    public const uint Fat16Clusters = 4085;

    /// <summary>Fewer clusters are FAT16.</summary>
    public const uint Fat32Clusters = 65525;

    private const int BytesPerSectorAt = 11;
    private const int SectorsPerClusterAt = BytesPerSectorAt + 2;
    private const int ReservedSectorsAt = SectorsPerClusterAt + 1;
    private const int FatCountAt = ReservedSectorsAt + 2;
    private const int RootEntriesAt = FatCountAt + 1;
    private const int TotalSectors16At = RootEntriesAt + 2;
    private const int MediaAt = TotalSectors16At + 2;
    private const int FatSize16At = MediaAt + 1;
    private const int SectorsPerTrackAt = FatSize16At + 2;
    private const int HeadsAt = SectorsPerTrackAt + 2;
    private const int HiddenSectorsAt = HeadsAt + 2;
    private const int TotalSectors32At = HiddenSectorsAt + 4;
    private const int FatSize32At = CommonEnd;
    private const int ExtendedFlagsAt = FatSize32At + 4;
    private const int VersionAt = ExtendedFlagsAt + 2;
    private const int RootClusterAt = VersionAt + 2;
    private const int FsInfoAt = RootClusterAt + 4;
    private const int BackupBootSectorAt = FsInfoAt + 2;
    private const int Fat32ReservedAt = BackupBootSectorAt + 2;

    private const uint MaximumClusters = 0x0FFFFFF5; // 2 to 0x0FFFFFF6: 0x0FFFFFF7 marks bad ones

    /// <summary>BPB_BytsPerSec: bytes of a sector.</summary>
    public required int BytesPerSector { get; init; }

    /// <summary>BPB_SecPerClus: sectors of a cluster.</summary>
    public required int SectorsPerCluster { get; init; }

    /// <summary>BPB_RsvdSecCnt: sectors before the first FAT.</summary>
    public required int ReservedSectors { get; init; }

    /// <summary>BPB_NumFATs: copies of the FAT.</summary>
    public required int FatCount { get; init; }

    /// <summary>BPB_RootEntCnt: records of the root directory of FAT12 and FAT16.</summary>
    public required int RootEntries { get; init; }

    /// <summary>BPB_Media: also the low byte of FAT entry 0.</summary>
    public required byte Media { get; init; }

    /// <summary>BPB_TotSec16, or BPB_TotSec32 where that is 0: sectors of the volume.</summary>
    public required uint TotalSectors { get; init; }

    /// <summary>BPB_FATSz16, or BPB_FATSz32 where that is 0: sectors of one FAT.</summary>
    public required uint FatSectors { get; init; }

    /// <summary>True if BPB_FATSz16 is 0: the fields of FAT32 follow.</summary>
    public required bool IsFat32 { get; init; }

    /// <summary>BPB_ExtFlags: which FAT is in use.</summary>
    public required ushort ExtendedFlags { get; init; }

    /// <summary>BPB_FSVer: 0 is known.</summary>
    public required ushort Version { get; init; }

    /// <summary>BPB_RootClus: first cluster of the root directory.</summary>
    public required uint RootCluster { get; init; }

    /// <summary>BPB_FSInfo: sector of the FSInfo structure.</summary>
    public required int FsInfoSector { get; init; }

    /// <summary>BPB_BkBootSec: sector of the copy of the boot sector.</summary>
    public required int BackupBootSector { get; init; }

    /// <summary>Sectors of the root directory of FAT12 and FAT16.</summary>
    public int RootSectors => ((RootEntries * DirectoryRecord.Size) + BytesPerSector - 1) / BytesPerSector;

    /// <summary>Sectors before the first cluster.</summary>
    public long SystemSectors => ReservedSectors + ((long)FatCount * FatSectors) + RootSectors;

    /// <summary>Clusters that fit the volume; the type goes by it.</summary>
    public long ClusterCount => (TotalSectors - SystemSectors) / SectorsPerCluster;

    /// <summary>
    /// The type, by the count of clusters alone. A volume with the fields of FAT32 and too few clusters is FAT32 all the same, as Linux and fsck.fat take it: it has
    /// no root directory of another type, and small EFI partitions are made so.
    /// </summary>
    public FatType Type => IsFat32 ? FatType.Fat32 : ClusterCount < Fat16Clusters ? FatType.Fat12 : FatType.Fat16;

    /// <summary>True if a single FAT is in use and the others are not kept equal.</summary>
    public bool HasSingleFat => IsFat32 && (ExtendedFlags & 0x80) != 0;

    /// <summary>Number of the FAT that is in use, from 0.</summary>
    public int ActiveFat => HasSingleFat ? ExtendedFlags & 0xF : 0;

    /// <summary>Reads the block; <see cref="FindFault"/> checks it.</summary>
    /// <param name="sector">The boot sector, at least <see cref="Fat32End"/> bytes.</param>
    public static BiosParameterBlock Read(ReadOnlySpan<byte> sector)
    {
        ushort total16 = BinaryPrimitives.ReadUInt16LittleEndian(sector[TotalSectors16At..]);
        ushort size16 = BinaryPrimitives.ReadUInt16LittleEndian(sector[FatSize16At..]);
        return new BiosParameterBlock
        {
            BytesPerSector = BinaryPrimitives.ReadUInt16LittleEndian(sector[BytesPerSectorAt..]),
            SectorsPerCluster = sector[SectorsPerClusterAt],
            ReservedSectors = BinaryPrimitives.ReadUInt16LittleEndian(sector[ReservedSectorsAt..]),
            FatCount = sector[FatCountAt],
            RootEntries = BinaryPrimitives.ReadUInt16LittleEndian(sector[RootEntriesAt..]),
            Media = sector[MediaAt],
            TotalSectors = total16 != 0 ? total16 : BinaryPrimitives.ReadUInt32LittleEndian(sector[TotalSectors32At..]),
            FatSectors = size16 != 0 ? size16 : BinaryPrimitives.ReadUInt32LittleEndian(sector[FatSize32At..]),
            IsFat32 = size16 == 0,
            ExtendedFlags = BinaryPrimitives.ReadUInt16LittleEndian(sector[ExtendedFlagsAt..]),
            Version = BinaryPrimitives.ReadUInt16LittleEndian(sector[VersionAt..]),
            RootCluster = BinaryPrimitives.ReadUInt32LittleEndian(sector[RootClusterAt..]),
            FsInfoSector = BinaryPrimitives.ReadUInt16LittleEndian(sector[FsInfoAt..]),
            BackupBootSector = BinaryPrimitives.ReadUInt16LittleEndian(sector[BackupBootSectorAt..]),
        };
    }

    /// <summary>Looks for what makes the block unusable.</summary>
    /// <returns>The fact, or null where there is none.</returns>
    public string? FindFault()
    {
        if (BytesPerSector is not (512 or 1024 or 2048 or 4096))
        {
            return FormattableString.Invariant($"its sectors have {BytesPerSector} bytes; 512, 1024, 2048 and 4096 are known");
        }

        if (!BitOperations.IsPow2(SectorsPerCluster))
        {
            return FormattableString.Invariant($"its clusters have {SectorsPerCluster} sectors, no power of two");
        }

        if (ReservedSectors == 0 || FatCount == 0 || FatSectors == 0 || TotalSectors == 0)
        {
            return FormattableString.Invariant($"it has {ReservedSectors} reserved sectors, {FatCount} FATs of {FatSectors} sectors and {TotalSectors} sectors in all");
        }

        if (Media is not 0xF0 and < 0xF8)
        {
            return FormattableString.Invariant($"its media byte is 0x{Media:X2}; 0xF0 and 0xF8 to 0xFF are known");
        }

        if (RootEntries * DirectoryRecord.Size % BytesPerSector != 0 || (RootEntries == 0) != IsFat32)
        {
            return FormattableString.Invariant($"its root directory has {RootEntries} records");
        }

        if (SystemSectors + SectorsPerCluster > TotalSectors)
        {
            return FormattableString.Invariant($"{SystemSectors} of its {TotalSectors} sectors come before the first cluster");
        }

        if (ClusterCount > MaximumClusters || (!IsFat32 && ClusterCount >= Fat32Clusters))
        {
            return FormattableString.Invariant($"it has {ClusterCount} clusters, too many for its layout");
        }

        if (FatEntries() <= FatGeometry.FirstCluster)
        {
            return FormattableString.Invariant($"its FAT of {FatSectors} sectors has no entry for a cluster");
        }

        if (IsFat32 && (RootCluster < FatGeometry.FirstCluster || RootCluster - FatGeometry.FirstCluster >= UsableClusters()))
        {
            return FormattableString.Invariant($"its root directory begins at cluster {RootCluster} of {ClusterCount}");
        }

        return ActiveFat >= FatCount ? FormattableString.Invariant($"FAT {ActiveFat} is in use, it has {FatCount}") : null;
    }

    /// <summary>Clusters that fit the volume and have an entry in the FAT.</summary>
    public uint UsableClusters() => (uint)Math.Min(ClusterCount, FatEntries() - FatGeometry.FirstCluster);

    /// <summary>Where the parts lie; only of a block without fault.</summary>
    public FatGeometry ToGeometry() => new()
    {
        Type = Type,
        SectorSize = BytesPerSector,
        ClusterSize = BytesPerSector * SectorsPerCluster,
        ClusterCount = UsableClusters(),
        FatOffset = (ReservedSectors + ((long)ActiveFat * FatSectors)) * BytesPerSector,
        FatLength = (long)FatSectors * BytesPerSector,
        HeapOffset = SystemSectors * BytesPerSector,
        Length = (long)TotalSectors * BytesPerSector,
        RootOffset = IsFat32 ? 0 : (SystemSectors - RootSectors) * BytesPerSector,
        RootLength = RootEntries * DirectoryRecord.Size,
        RootCluster = IsFat32 ? RootCluster : 0,
    };

    private long FatEntries() => (long)FatSectors * BytesPerSector * 8 / FatTable.Width(Type);
}
