namespace Portability.Core.Native;

/// <summary>
/// What tells two files or folders apart beyond their names. The birth time keeps a number that is given out again from looking like the
/// same folder.
/// </summary>
/// <param name="Device">Number of the file system.</param>
/// <param name="Number">Inode number.</param>
/// <param name="Birth">Time of creation in nanoseconds of the file system's clock, or 0 where it keeps none.</param>
public readonly record struct FileIdentity(ulong Device, ulong Number, long Birth);
