namespace Portability.FileSystems;

/// <summary>What a file system keeps beyond names, kinds and content.</summary>
[Flags]
public enum FileSystemCapabilities
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Several names for one file.</summary>
    HardLinks = 1,

    /// <summary>Symbolic links.</summary>
    SymbolicLinks = 2,

    /// <summary>Mode, user and group.</summary>
    Ownership = 4,

    /// <summary>Security descriptors.</summary>
    SecurityDescriptors = 8,

    /// <summary>Extended attributes.</summary>
    ExtendedAttributes = 16,

    /// <summary>Named streams.</summary>
    NamedStreams = 32,

    /// <summary>Holes.</summary>
    Holes = 64,

    /// <summary>Device, FIFO and socket nodes.</summary>
    SpecialNodes = 128,

    /// <summary>Names are found whatever their case.</summary>
    CaseInsensitive = 256,

    /// <summary>Short names beside long ones.</summary>
    ShortNames = 512,

    /// <summary>Numbers of nodes that stay while the node is there, with a generation.</summary>
    Generations = 1024,

    /// <summary>Times in UTC.</summary>
    UtcTimes = 2048,
}
