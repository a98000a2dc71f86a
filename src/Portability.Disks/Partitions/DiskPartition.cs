namespace Portability.Disks.Partitions;

/// <summary>A partition in bytes, whatever table describes it.</summary>
public sealed record DiskPartition
{
    /// <summary>Number in its table, from 1; logical partitions from 5.</summary>
    public required int Number { get; init; }

    /// <summary>Where in the table it is described.</summary>
    public required PartitionKind Kind { get; init; }

    /// <summary>Offset on the disk, in bytes.</summary>
    public required long Offset { get; init; }

    /// <summary>Length in bytes, as the table says; check <see cref="End"/> against the disk before reading.</summary>
    public required long Length { get; init; }

    /// <summary>Type identifier in a master boot record; 0 in a GUID partition table.</summary>
    public byte MbrType { get; init; }

    /// <summary>Type in a GUID partition table; empty in a master boot record.</summary>
    public Guid GptType { get; init; }

    /// <summary>Identity in a GUID partition table; empty in a master boot record.</summary>
    public Guid UniqueId { get; init; }

    /// <summary>Name in a GUID partition table; empty in a master boot record.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Attribute bits of a GUID partition table (UEFI 2.10 section 5.3.3); 0 in a master boot record.</summary>
    public ulong Attributes { get; init; }

    /// <summary>True if marked active (master boot record) or legacy BIOS bootable (GUID partition table).</summary>
    public bool IsActive { get; init; }

    /// <summary>Offset of the first byte behind the partition.</summary>
    public long End => Offset + Length;

    /// <summary>What the type stands for; the bare identifier when it is not known.</summary>
    public string TypeName => Kind == PartitionKind.Gpt ? GptPartitionTypes.NameOf(GptType) : MbrPartitionTypes.NameOf(MbrType);

    /// <summary>True if firmware or a boot sector starts from it: active, EFI system, BIOS boot or PReP boot.</summary>
    public bool IsBoot =>
        IsActive
        || (Kind == PartitionKind.Gpt
            ? GptType == GptPartitionTypes.EfiSystem || GptType == GptPartitionTypes.BiosBoot || GptType == GptPartitionTypes.PrepBoot
            : MbrType is MbrPartitionTypes.EfiSystem or MbrPartitionTypes.PrepBoot);

    /// <summary>The partition as it is emitted to callers.</summary>
    public WorkloadPartition ToWorkloadPartition() => new()
    {
        Number = Number,
        Kind = Kind,
        Offset = Offset,
        Length = Length,
        TypeName = TypeName,
        MbrType = MbrType,
        GptType = GptType,
        UniqueId = UniqueId,
        Name = Name,
        Attributes = Attributes,
        IsActive = IsActive,
        IsBoot = IsBoot,
    };
}
