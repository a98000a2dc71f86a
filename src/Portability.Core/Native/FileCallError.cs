namespace Portability.Core.Native;

/// <summary>Why a file system call failed, in terms that do not depend on the platform.</summary>
public enum FileCallError
{
    /// <summary>Nothing that the callers tell apart.</summary>
    Other,

    /// <summary>The file or a folder on its path does not exist.</summary>
    NotFound,

    /// <summary>The name is taken.</summary>
    Exists,

    /// <summary>The folder to remove is not empty.</summary>
    NotEmpty,

    /// <summary>Rights are missing.</summary>
    Denied,

    /// <summary>The file system is mounted read-only or write-protected.</summary>
    ReadOnly,

    /// <summary>No space or quota is left.</summary>
    Full,

    /// <summary>The two names lie in different file systems.</summary>
    CrossDevice,

    /// <summary>The file system does not know the call.</summary>
    Unsupported,

    /// <summary>The process or machine has too many open files.</summary>
    TooManyOpenFiles,

    /// <summary>What has the name is not what was asked for: a link, a device, a folder instead of a file.</summary>
    WrongType,

    /// <summary>A network file system's server did not answer, or an NFS handle went stale.</summary>
    Unreachable,

    /// <summary>The device reports an error.</summary>
    InputOutput,
}
