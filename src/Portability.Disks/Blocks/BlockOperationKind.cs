namespace Portability.Disks.Blocks;

/// <summary>What a call on a block device does.</summary>
public enum BlockOperationKind
{
    /// <summary>Reads bytes.</summary>
    Read,

    /// <summary>Writes bytes.</summary>
    Write,

    /// <summary>Zeroes a range.</summary>
    Zero,

    /// <summary>Gives a range up.</summary>
    Trim,

    /// <summary>Makes writes durable.</summary>
    Flush,

    /// <summary>Changes the length.</summary>
    SetLength,
}
