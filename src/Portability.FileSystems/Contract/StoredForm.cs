namespace Portability.FileSystems;

/// <summary>How the bytes of an extent are stored.</summary>
public enum StoredForm
{
    /// <summary>As they read.</summary>
    Plain,

    /// <summary>In the node itself.</summary>
    Inline,

    /// <summary>Compressed by the file system.</summary>
    Compressed,

    /// <summary>Encrypted by the file system.</summary>
    Encrypted,

    /// <summary>Compressed in another stream (WOF).</summary>
    Wof,
}
