namespace Portability.Disks.Blocks;

/// <summary>What is known of the bytes of an extent without reading them.</summary>
public enum ExtentKind
{
    /// <summary>Allocated; must be read to know what it holds.</summary>
    Data,

    /// <summary>Not allocated, reads as zeros.</summary>
    Hole,

    /// <summary>Allocated or marked in metadata, reads as zeros.</summary>
    Zero,
}
