namespace Portability.FileSystems;

/// <summary>A part of a stream.</summary>
/// <param name="Offset">Offset in the stream, in bytes.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Form">How it is stored.</param>
/// <param name="Place">Offset in the volume, in bytes; -1 where it has none of its own.</param>
public readonly record struct FileExtent(long Offset, long Length, FileExtentKind Kind, StoredForm Form, long Place)
{
    /// <summary>Offset behind its last byte.</summary>
    public long End => Offset + Length;
}
