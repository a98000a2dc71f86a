namespace Portability.Core.Native;

/// <summary>One line of `/proc/self/mountinfo`.</summary>
/// <param name="Id">Number of the mount.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="FileSystem">Name of the file system, such as `ext4`, `nfs4`, `cifs` or `fuse.sshfs`.</param>
/// <param name="Source">What is mounted: a device or a share.</param>
/// <param name="Options">Options of the mount and of the file system, such as `noac` or `actimeo=0`.</param>
public sealed record MountEntry(ulong Id, string MountPoint, string FileSystem, string Source, IReadOnlySet<string> Options);
