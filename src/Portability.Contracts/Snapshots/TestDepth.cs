namespace Portability;

/// <summary>How deep a test of a snapshot goes.</summary>
public enum TestDepth
{
    /// <summary>The signed manifest, its signer and its chain.</summary>
    Manifest,

    /// <summary>That, and every object it needs by its SHA-256; needs no key.</summary>
    Objects,

    /// <summary>That, and every block opened and compared with its content id; needs the key.</summary>
    Content,
}
