namespace Portability.Disks.Partitions;

/// <summary>What is wrong or remarkable about a partition table that could be read all the same.</summary>
public enum PartitionFindingKind
{
    /// <summary>The first header or its entries are damaged; the backup was used.</summary>
    PrimaryDamaged,

    /// <summary>The backup header or its entries are damaged or out of the disk.</summary>
    BackupDamaged,

    /// <summary>The backup lies before the end of the disk, which has grown since.</summary>
    BackupNotAtEnd,

    /// <summary>Both headers are sound but describe different tables; the first was used.</summary>
    HeadersDiffer,

    /// <summary>A GUID partition table without a protective master boot record; used.</summary>
    ProtectiveRecordMissing,

    /// <summary>A GUID partition table beside a master boot record that does not protect it; not used.</summary>
    UnprotectedGptIgnored,

    /// <summary>A protective master boot record without a GUID partition table behind it.</summary>
    GptMissing,

    /// <summary>A GUID partition table of which no copy is sound, and that no master boot record protects; not used.</summary>
    GptDamaged,

    /// <summary>The table was written for sectors of the other size; read with those.</summary>
    OtherSectorSize,

    /// <summary>A partition reaches past the end of the disk.</summary>
    PartitionOutsideDisk,

    /// <summary>Two partitions overlap.</summary>
    PartitionsOverlap,

    /// <summary>The chain of logical partitions is broken, circular or too long; what came before was read.</summary>
    LogicalChainBroken,

    /// <summary>An entry whose numbers make no sense; left out.</summary>
    EntryIgnored,
}
