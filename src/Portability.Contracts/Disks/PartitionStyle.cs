namespace Portability;

/// <summary>Kind of partition table that a disk holds.</summary>
public enum PartitionStyle
{
    /// <summary>No partition table: empty, or one file system over the whole disk.</summary>
    None,

    /// <summary>Master boot record.</summary>
    Mbr,

    /// <summary>GUID partition table.</summary>
    Gpt,

    /// <summary>GUID partition table whose master boot record lists partitions of its own beside the protective one.</summary>
    Hybrid,
}
