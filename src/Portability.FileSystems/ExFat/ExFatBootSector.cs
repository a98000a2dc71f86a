using System.Buffers.Binary;
using Portability.FileSystems.Fat;

namespace Portability.FileSystems.ExFat;

/// <summary>Boot sector of exFAT, first of the twelve sectors of its boot region.</summary>
/// <remarks>Microsoft exFAT specification, 3.1. Little-endian.</remarks>
internal readonly record struct ExFatBootSector
{
    /// <summary>Size in bytes of what is read, whatever the sector size.</summary>
    public const int Size = SignatureAt + 2;

    /// <summary>Offset of VolumeFlags, which the checksum leaves out.</summary>
    public const int VolumeFlagsAt = RevisionAt + 2;

    /// <summary>Offset of PercentInUse, which the checksum leaves out.</summary>
    public const int PercentInUseAt = DriveSelectAt + 1;

    /// <summary>Log2 of the smallest sector.</summary>
    public const int MinimumSectorShift = 9;

    /// <summary>Log2 of the largest sector.</summary>
    public const int MaximumSectorShift = 12;

    private const int JumpBootAt = 0;
    private const int NameAt = JumpBootAt + 3;
    private const int MustBeZeroAt = NameAt + 8;
    private const int MustBeZeroSize = 53;
    private const int PartitionOffsetAt = MustBeZeroAt + MustBeZeroSize;
    private const int VolumeLengthAt = PartitionOffsetAt + 8;
    private const int FatOffsetAt = VolumeLengthAt + 8;
    private const int FatLengthAt = FatOffsetAt + 4;
    private const int HeapOffsetAt = FatLengthAt + 4;
    private const int ClusterCountAt = HeapOffsetAt + 4;
    private const int RootClusterAt = ClusterCountAt + 4;
    private const int SerialNumberAt = RootClusterAt + 4;
    private const int RevisionAt = SerialNumberAt + 4;
    private const int BytesPerSectorShiftAt = VolumeFlagsAt + 2;
    private const int SectorsPerClusterShiftAt = BytesPerSectorShiftAt + 1;
    private const int FatCountAt = SectorsPerClusterShiftAt + 1;
    private const int DriveSelectAt = FatCountAt + 1;
    private const int BootCodeAt = PercentInUseAt + 1 + 7;
    private const int SignatureAt = BootCodeAt + 390;

    private const int MaximumClusterShift = 25; // 32 MiB
    private const int MinimumFatOffset = 24; // two boot regions come before it
    private const uint MaximumClusters = uint.MaxValue - 10;

    /// <summary>True if jump, name, the bytes that must be zero and the signature are those of exFAT.</summary>
    public required bool IsExFat { get; init; }

    /// <summary>VolumeLength in sectors.</summary>
    public required ulong VolumeLength { get; init; }

    /// <summary>FatOffset in sectors.</summary>
    public required uint FatOffset { get; init; }

    /// <summary>FatLength in sectors.</summary>
    public required uint FatLength { get; init; }

    /// <summary>ClusterHeapOffset in sectors.</summary>
    public required uint HeapOffset { get; init; }

    /// <summary>ClusterCount.</summary>
    public required uint ClusterCount { get; init; }

    /// <summary>FirstClusterOfRootDirectory.</summary>
    public required uint RootCluster { get; init; }

    /// <summary>VolumeSerialNumber.</summary>
    public required uint SerialNumber { get; init; }

    /// <summary>FileSystemRevision: major version in the upper byte.</summary>
    public required ushort Revision { get; init; }

    /// <summary>VolumeFlags.</summary>
    public required ExFatVolumeFlags Flags { get; init; }

    /// <summary>BytesPerSectorShift: log2 of the bytes of a sector.</summary>
    public required int SectorShift { get; init; }

    /// <summary>SectorsPerClusterShift: log2 of the sectors of a cluster.</summary>
    public required int ClusterShift { get; init; }

    /// <summary>NumberOfFats.</summary>
    public required int FatCount { get; init; }

    /// <summary>True if the second FAT is the one in use.</summary>
    public bool IsSecondFatActive => FatCount == 2 && Flags.HasFlag(ExFatVolumeFlags.ActiveFat);

    /// <summary>Reads a boot sector; <see cref="FindFault"/> checks it.</summary>
    /// <param name="sector">At least <see cref="Size"/> bytes.</param>
    public static ExFatBootSector Read(ReadOnlySpan<byte> sector) => new()
    {
        IsExFat = HasMarks(sector),
        VolumeLength = BinaryPrimitives.ReadUInt64LittleEndian(sector[VolumeLengthAt..]),
        FatOffset = BinaryPrimitives.ReadUInt32LittleEndian(sector[FatOffsetAt..]),
        FatLength = BinaryPrimitives.ReadUInt32LittleEndian(sector[FatLengthAt..]),
        HeapOffset = BinaryPrimitives.ReadUInt32LittleEndian(sector[HeapOffsetAt..]),
        ClusterCount = BinaryPrimitives.ReadUInt32LittleEndian(sector[ClusterCountAt..]),
        RootCluster = BinaryPrimitives.ReadUInt32LittleEndian(sector[RootClusterAt..]),
        SerialNumber = BinaryPrimitives.ReadUInt32LittleEndian(sector[SerialNumberAt..]),
        Revision = BinaryPrimitives.ReadUInt16LittleEndian(sector[RevisionAt..]),
        Flags = (ExFatVolumeFlags)BinaryPrimitives.ReadUInt16LittleEndian(sector[VolumeFlagsAt..]),
        SectorShift = sector[BytesPerSectorShiftAt],
        ClusterShift = sector[SectorsPerClusterShiftAt],
        FatCount = sector[FatCountAt],
    };

    /// <summary>Looks for what makes the sector unusable.</summary>
    /// <returns>The fact, or null where there is none.</returns>
    public string? FindFault()
    {
        if (!IsExFat)
        {
            return "it is none of exFAT";
        }

        if (SectorShift is < MinimumSectorShift or > MaximumSectorShift || ClusterShift > MaximumClusterShift - SectorShift)
        {
            return FormattableString.Invariant($"its shifts are {SectorShift} for sectors and {ClusterShift} for clusters");
        }

        if (FatCount is not (1 or 2))
        {
            return FormattableString.Invariant($"it has {FatCount} FATs");
        }

        if (VolumeLength > (ulong)(long.MaxValue >> SectorShift) || ClusterCount is 0 or > MaximumClusters
            || HeapOffset + ((ulong)ClusterCount << ClusterShift) > VolumeLength)
        {
            return FormattableString.Invariant($"{ClusterCount} clusters from sector {HeapOffset} on do not fit its {VolumeLength} sectors");
        }

        ulong entries = ((ulong)FatLength << SectorShift) / sizeof(uint);
        if (FatOffset < MinimumFatOffset || FatOffset + ((ulong)FatLength * (uint)FatCount) > HeapOffset || entries < ClusterCount + (ulong)FatGeometry.FirstCluster)
        {
            return FormattableString.Invariant($"its FAT of {FatLength} sectors at sector {FatOffset} does not fit {ClusterCount} clusters from sector {HeapOffset} on");
        }

        return RootCluster < FatGeometry.FirstCluster || RootCluster - FatGeometry.FirstCluster >= ClusterCount
            ? FormattableString.Invariant($"its root directory begins at cluster {RootCluster} of {ClusterCount}")
            : null;
    }

    /// <summary>Where the parts lie; only of a sector without fault.</summary>
    public FatGeometry ToGeometry() => new()
    {
        Type = FatType.ExFat,
        SectorSize = 1 << SectorShift,
        ClusterSize = 1 << (SectorShift + ClusterShift),
        ClusterCount = ClusterCount,
        FatOffset = (FatOffset + (IsSecondFatActive ? (long)FatLength : 0)) << SectorShift,
        FatLength = (long)FatLength << SectorShift,
        HeapOffset = (long)HeapOffset << SectorShift,
        Length = (long)VolumeLength << SectorShift,
        RootCluster = RootCluster,
    };

    private static bool HasMarks(ReadOnlySpan<byte> sector) =>
        sector[JumpBootAt] == 0xEB && sector[JumpBootAt + 1] == 0x76 && sector[JumpBootAt + 2] == 0x90
        && sector[NameAt..].StartsWith("EXFAT   "u8)
        && !sector.Slice(MustBeZeroAt, MustBeZeroSize).ContainsAnyExcept((byte)0)
        && sector[SignatureAt] == 0x55 && sector[SignatureAt + 1] == 0xAA;
}
