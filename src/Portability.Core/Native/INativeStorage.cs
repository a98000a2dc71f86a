using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>
/// What an operating system can tell of and do with open files and block devices that .NET does not offer. Thread-safe; a failure
/// that is the system's is an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>, as from .NET itself.
/// </summary>
public interface INativeStorage
{
    /// <summary>Tells whether a path names a regular file or a block device, and not a folder, pipe or the like.</summary>
    /// <param name="path">Full path; links are followed.</param>
    bool IsFileOrDevice(string path);

    /// <summary>Tells whether a path names a block device.</summary>
    /// <param name="path">Full path; links are followed.</param>
    bool IsBlockDevice(string path);

    /// <summary>Opens a file or block device; of a block device, alone or not at all.</summary>
    /// <param name="path">Full path.</param>
    /// <param name="writable">True to write too.</param>
    /// <param name="shared">True to open a block device though it is mounted or otherwise taken.</param>
    /// <exception cref="FileBusyException">Another program has it in a way that does not go with this.</exception>
    SafeFileHandle Open(string path, bool writable, bool shared);

    /// <summary>Asks size, sectors and kind of an open file or device.</summary>
    /// <param name="handle">The open file.</param>
    StorageFacts Query(SafeFileHandle handle);

    /// <summary>Finds the next run that may hold data.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="offset">Where to look from, in bytes.</param>
    /// <param name="end">Where to stop, in bytes.</param>
    /// <param name="run">Start and end of the run, inside <c>[offset, end)</c>.</param>
    /// <returns>False if only a hole is left. A system that does not know says that all is data.</returns>
    bool TryFindData(SafeFileHandle handle, long offset, long end, out (long Start, long End) run);

    /// <summary>Makes a new file able to have holes, where that must be asked for.</summary>
    /// <param name="handle">The open file.</param>
    void MakeSparse(SafeFileHandle handle);

    /// <summary>Makes a range read as zeros and gives its space back.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="length">Length in bytes.</param>
    /// <returns>False if the file system cannot; nothing is changed then.</returns>
    bool TryPunchHole(SafeFileHandle handle, long offset, long length);

    /// <summary>
    /// Tells other programs that look, as long as the file is open, that it is read or written here, and finds out whether one of them writes it.
    /// </summary>
    /// <param name="handle">The open file.</param>
    /// <param name="path">Its path, to look for the holder.</param>
    /// <param name="writable">True if it is written here.</param>
    /// <returns>Who holds it, if that does not go with this use; null if all is well.</returns>
    FileHolder? Claim(SafeFileHandle handle, string path, bool writable);

    /// <summary>Finds who may change a file without taking part in any claim: a device that has it behind it, a program that has it open for writing.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="path">Its full path.</param>
    /// <param name="writable">True if it is written here.</param>
    /// <returns>Who holds it; null if nobody can be seen with this account's rights.</returns>
    FileHolder? FindUser(SafeFileHandle handle, string path, bool writable);

    /// <summary>Tells whether two paths name one file or block device, by links of any kind.</summary>
    /// <param name="path">Full path of a file or device that is there.</param>
    /// <param name="other">The other's.</param>
    /// <returns>False also where the file system does not tell.</returns>
    bool IsSameFile(string path, string other);
}
