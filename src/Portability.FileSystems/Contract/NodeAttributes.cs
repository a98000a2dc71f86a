namespace Portability.FileSystems;

/// <summary>What flags of several file systems mean alike. The flags as stored are <see cref="FileNode.NativeFlags"/>.</summary>
[Flags]
public enum NodeAttributes
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Read-only (FAT, NTFS).</summary>
    ReadOnly = 1,

    /// <summary>Hidden (FAT, NTFS).</summary>
    Hidden = 2,

    /// <summary>System (FAT, NTFS).</summary>
    System = 4,

    /// <summary>Archive (FAT, NTFS).</summary>
    Archive = 8,

    /// <summary>May not be changed.</summary>
    Immutable = 16,

    /// <summary>May only grow.</summary>
    AppendOnly = 32,

    /// <summary>Content is stored compressed.</summary>
    Compressed = 64,

    /// <summary>Content, and names in a directory, are encrypted.</summary>
    Encrypted = 128,

    /// <summary>Content is signed by a tree of hashes.</summary>
    Verity = 256,

    /// <summary>Names in the directory are compared without case.</summary>
    CaseFolded = 512,

    /// <summary>Has holes (NTFS).</summary>
    Sparse = 1024,

    /// <summary>Content lies in the node itself.</summary>
    Inline = 2048,
}
