using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// Decides from facts alone whether a directory can be a store: what one machine's put has answered, every other machine's get and list must
/// show. See README.md of this folder.
/// </summary>
internal static class StoreMediumJudge
{
    /// <summary>File systems of one machine, by the name the kernel gives them.</summary>
    private static readonly HashSet<string> LocalFileSystems =
    [
        "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "jfs", "reiserfs", "nilfs2", "tmpfs", "ramfs", "rootfs", "overlay",
        "ecryptfs", "vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk", "hfsplus", "udf", "iso9660", "squashfs", "erofs",
    ];

    /// <summary>Judges a mount of Linux.</summary>
    /// <param name="location">The store's path, for the message.</param>
    /// <param name="mount">The mount it lies on, or null if that is unknown.</param>
    /// <param name="lookupCacheEnabled">Content of `/proc/fs/cifs/LookupCacheEnabled`, or null if there is none.</param>
    /// <exception cref="StorageException">`StoreNotConsistent`.</exception>
    public static StoreMedium JudgeMount(string location, MountEntry? mount, string? lookupCacheEnabled)
    {
        if (mount is null)
        {
            throw Refuse(
                location,
                "the file system it lies on is not listed in /proc/self/mountinfo",
                "Mount /proc, or put the repository on a local file system.");
        }

        return mount.FileSystem switch
        {
            "nfs" or "nfs4" => JudgeNfs(location, mount),
            "cifs" or "smb3" => JudgeSmb(location, mount, lookupCacheEnabled),
            string name when LocalFileSystems.Contains(name) => StoreMedium.Local,
            _ => throw Refuse(
                location,
                $"the file system '{mount.FileSystem}' mounted at '{mount.MountPoint}' is not known to show every machine the same state",
                "Put the repository on a local file system, on NFS mounted with noac,lookupcache=none, or on SMB mounted with cache=none,actimeo=0,nohandlecache."),
        };
    }

    /// <summary>Judges a network share of Windows.</summary>
    /// <param name="location">The store's path, for the message.</param>
    /// <param name="directoryCacheLifetime">Seconds, or null if not set, which is 10.</param>
    /// <param name="fileNotFoundCacheLifetime">Seconds, or null if not set, which is 5.</param>
    /// <param name="fileInfoCacheLifetime">Seconds, or null if not set, which is 10.</param>
    /// <exception cref="StorageException">`StoreNotConsistent`.</exception>
    public static StoreMedium JudgeShare(string location, int? directoryCacheLifetime, int? fileNotFoundCacheLifetime, int? fileInfoCacheLifetime)
    {
        string missing = Join(
            ("DirectoryCacheLifetime", directoryCacheLifetime is 0),
            ("FileNotFoundCacheLifetime", fileNotFoundCacheLifetime is 0),
            ("FileInfoCacheLifetime", fileInfoCacheLifetime is 0));
        return missing.Length == 0
            ? StoreMedium.Smb
            : throw Refuse(
                location,
                $"the SMB client caches what others change: {missing} is not 0",
                "Run Set-SmbClientConfiguration -DirectoryCacheLifetime 0 -FileNotFoundCacheLifetime 0 -FileInfoCacheLifetime 0 as administrator on every machine that uses the repository.");
    }

    private static StoreMedium JudgeNfs(string location, MountEntry mount)
    {
        string missing = Join(("noac", mount.Options.Contains("noac")), ("lookupcache=none", mount.Options.Contains("lookupcache=none")));
        return missing.Length == 0
            ? StoreMedium.Nfs
            : throw Refuse(
                location,
                $"the NFS mount '{mount.MountPoint}' of '{mount.Source}' caches what others change: {missing} is not set",
                $"Mount '{mount.Source}' with -o noac,lookupcache=none on every machine that uses the repository.");
    }

    private static StoreMedium JudgeSmb(string location, MountEntry mount, string? lookupCacheEnabled)
    {
        bool attributes = mount.Options.Contains("actimeo=0") || (mount.Options.Contains("acregmax=0") && mount.Options.Contains("acdirmax=0"));
        string missing = Join(
            ("cache=none", mount.Options.Contains("cache=none")),
            ("actimeo=0", attributes),
            ("nohandlecache", mount.Options.Contains("nohandlecache")),
            ("LookupCacheEnabled=0", lookupCacheEnabled?.Trim() is "0" or "n" or "N"));
        return missing.Length == 0
            ? StoreMedium.Smb
            : throw Refuse(
                location,
                $"the SMB mount '{mount.MountPoint}' of '{mount.Source}' caches what others change: {missing} is not set",
                $"Mount '{mount.Source}' with -o cache=none,actimeo=0,nohandlecache and write 0 to /proc/fs/cifs/LookupCacheEnabled on every machine that uses the repository.");
    }

    private static string Join(params ReadOnlySpan<(string Name, bool Set)> wanted)
    {
        List<string> missing = [];
        foreach ((string name, bool set) in wanted)
        {
            if (!set)
            {
                missing.Add(name);
            }
        }

        return string.Join(", ", missing);
    }

    private static StorageException Refuse(string location, string fact, string recommendation) =>
        new("StoreNotConsistent", ErrorKind.Unsupported, $"Failed to open '{location}': {fact}.", recommendation, location);
}
