namespace Portability;

/// <summary>A partition of a disk, as its table describes it.</summary>
public sealed record WorkloadPartition
{
    /// <summary>Number in its table, from 1; logical partitions from 5.</summary>
    public int Number { get; init; }

    /// <summary>Where in the table it is described.</summary>
    public PartitionKind Kind { get; init; }

    /// <summary>Offset on the disk, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; init; }

    /// <summary>What the type stands for, such as `Basic data`; the bare identifier when it is not known.</summary>
    public string TypeName { get; init; } = string.Empty;

    /// <summary>Type identifier of a master boot record, 0 to 255; 0 in a GUID partition table.</summary>
    public int MbrType { get; init; }

    /// <summary>Type of a GUID partition table; empty in a master boot record.</summary>
    public Guid GptType { get; init; }

    /// <summary>Unique identifier of a GUID partition table; empty in a master boot record.</summary>
    public Guid UniqueId { get; init; }

    /// <summary>Name of a GUID partition table; empty in a master boot record.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Attribute bits of a GUID partition table (UEFI 5.3.3); 0 in a master boot record.</summary>
    public ulong Attributes { get; init; }

    /// <summary>True if marked active (master boot record) or legacy BIOS bootable (GUID partition table).</summary>
    public bool IsActive { get; init; }

    /// <summary>True if firmware or a boot sector starts from it: active, EFI system, BIOS boot or PReP boot.</summary>
    public bool IsBoot { get; init; }

    /// <summary>Number, type and size.</summary>
    /// <returns>Such as `1 Basic data 40 GiB`.</returns>
    public override string ToString() => FormattableString.Invariant($"{Number} {TypeName} {ByteSize.Text(Length)}");
}
