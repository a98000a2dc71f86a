namespace Portability.FileSystems;

/// <summary>What the units of a stored name are.</summary>
public enum NodeNameUnit
{
    /// <summary>Bytes; text by convention UTF-8, but any byte may occur.</summary>
    Byte,

    /// <summary>16-bit units; text by convention UTF-16, but lone surrogates may occur.</summary>
    Utf16,
}
