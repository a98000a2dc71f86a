namespace Portability;

/// <summary>Where in its table a partition is described.</summary>
public enum PartitionKind
{
    /// <summary>One of the four entries of a master boot record.</summary>
    Primary,

    /// <summary>A container of logical partitions; holds no volume itself.</summary>
    Extended,

    /// <summary>Described inside an extended partition.</summary>
    Logical,

    /// <summary>Entry of a GUID partition table.</summary>
    Gpt,
}
