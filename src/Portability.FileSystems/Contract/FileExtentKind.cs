namespace Portability.FileSystems;

/// <summary>What a part of a stream is.</summary>
public enum FileExtentKind
{
    /// <summary>Bytes that were written.</summary>
    Data,

    /// <summary>Nothing is stored; it reads as zeros.</summary>
    Hole,

    /// <summary>Space is taken and nothing was written; it reads as zeros.</summary>
    Unwritten,
}
