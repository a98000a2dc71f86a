namespace Portability.FileSystems;

/// <summary>What a node is.</summary>
public enum NodeKind
{
    /// <summary>Not told: a directory entry without a type. The node itself always tells.</summary>
    Unknown,

    /// <summary>Regular file.</summary>
    File,

    /// <summary>Directory.</summary>
    Directory,

    /// <summary>Symbolic link, or a reparse point that links.</summary>
    SymbolicLink,

    /// <summary>Character device.</summary>
    CharacterDevice,

    /// <summary>Block device.</summary>
    BlockDevice,

    /// <summary>Named pipe.</summary>
    Fifo,

    /// <summary>Socket.</summary>
    Socket,

    /// <summary>Reparse point that is no link.</summary>
    ReparsePoint,
}
