namespace Portability;

/// <summary>What a file in a disk is.</summary>
public enum WorkloadFileKind
{
    /// <summary>Regular file.</summary>
    File,

    /// <summary>Directory.</summary>
    Directory,

    /// <summary>Link to another name.</summary>
    Link,

    /// <summary>Named stream of a file.</summary>
    Stream,

    /// <summary>Device, pipe, socket or another thing without content.</summary>
    Other,
}
