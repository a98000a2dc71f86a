namespace Portability;

/// <summary>What went wrong, in the terms an admin acts on. Mapped one to one to PowerShell's error categories.</summary>
public enum ErrorKind
{
    /// <summary>A defect of this product; the message asks for a report.</summary>
    Internal,

    /// <summary>Something that was named does not exist.</summary>
    NotFound,

    /// <summary>Something that should be made exists already.</summary>
    Exists,

    /// <summary>A parameter or option is wrong.</summary>
    InvalidInput,

    /// <summary>Bytes do not follow their format.</summary>
    InvalidFormat,

    /// <summary>Bytes are not those that were signed, hashed or sealed.</summary>
    Integrity,

    /// <summary>A known feature that is not handled.</summary>
    Unsupported,

    /// <summary>A stated limit is exceeded.</summary>
    Limit,

    /// <summary>Someone else holds the resource.</summary>
    Locked,

    /// <summary>A peer cannot be reached.</summary>
    Unreachable,

    /// <summary>A peer did not answer in time.</summary>
    Timeout,

    /// <summary>Rights are missing.</summary>
    Denied,

    /// <summary>A secret or key does not fit.</summary>
    BadKey,

    /// <summary>Reading failed.</summary>
    ReadFailed,

    /// <summary>Writing failed.</summary>
    WriteFailed,
}
