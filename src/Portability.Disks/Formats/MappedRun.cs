namespace Portability.Disks.Formats;

/// <summary>Where a run of a disk's bytes comes from.</summary>
/// <param name="Length">Length in bytes; never 0.</param>
/// <param name="Kind">Where the bytes come from.</param>
/// <param name="FileOffset">For <see cref="MappedRunKind.Stored"/>, offset of the first byte in the file, in bytes; else 0.</param>
internal readonly record struct MappedRun(long Length, MappedRunKind Kind, long FileOffset = 0);
