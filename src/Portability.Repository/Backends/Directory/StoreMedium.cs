namespace Portability.Repository.Backends;

/// <summary>What a directory store lies on, as far as put-if-absent depends on it.</summary>
internal enum StoreMedium
{
    /// <summary>A file system of this machine: links and renames without replacing are atomic for everyone who can see it.</summary>
    Local,

    /// <summary>An NFS mount without attribute and look-up caches.</summary>
    Nfs,

    /// <summary>An SMB mount without caches.</summary>
    Smb,
}
