namespace Portability.Repository.Objects;

/// <summary>What an object holds. The values are stored (FORMAT.md, section 7).</summary>
public enum ObjectKind : byte
{
    /// <summary>No object: an entry of a reference tree that was given up.</summary>
    None = 0,

    /// <summary>Frames of one set and their directory.</summary>
    Pack = 1,

    /// <summary>Nodes that lead from block indexes to content ids.</summary>
    Map = 2,

    /// <summary>Nodes that name every object a snapshot needs; readable without a key.</summary>
    Reference = 3,

    /// <summary>Sorted locations of content ids.</summary>
    Run = 4,
}
