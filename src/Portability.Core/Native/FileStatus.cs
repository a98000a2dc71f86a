namespace Portability.Core.Native;

/// <summary>What the file system says about a name; links are not followed.</summary>
/// <param name="Kind">What it stands for.</param>
/// <param name="Length">Length in bytes; 0 for folders.</param>
/// <param name="Identity">What tells it apart.</param>
/// <param name="MountId">Number of its mount in `/proc/self/mountinfo`, or 0 where there is none.</param>
public readonly record struct FileStatus(FileKind Kind, long Length, FileIdentity Identity, ulong MountId = 0);
