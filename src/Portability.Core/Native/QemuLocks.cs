using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>
/// The byte locks by which QEMU and its tools tell each other how they use an image: a shared lock (F_OFD_SETLK) on byte 100 + n says
/// "I use permission n", one on byte 200 + n "I do not let others use permission n". Taking part keeps a machine from being started
/// on an image that is read here, and finds one that runs.
/// </summary>
/// <remarks>Permissions: 0 consistent read, 1 write, 2 write unchanged, 3 resize. Locks live as long as the file is open.</remarks>
internal static class QemuLocks
{
    private const long UsedAt = 100, DeniedAt = 200;
    private const int ConsistentRead = 0, Write = 1, Resize = 3;

    /// <summary>Takes the locks of a reader, or of the only writer, and tests those of others.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="writable">True if it is written here.</param>
    /// <returns>Who uses the file in a way that does not go with this, or null.</returns>
    public static FileHolder? Claim(SafeFileHandle handle, string path, bool writable)
    {
        int[] used = writable ? [ConsistentRead, Write, Resize] : [ConsistentRead];
        int[] denied = writable ? [ConsistentRead, Write, Resize] : [Write, Resize];

        // Locks first, test second: of two that come at once, at least one sees the other.
        foreach (long at in used.Select(permission => UsedAt + permission).Concat(denied.Select(permission => DeniedAt + permission)))
        {
            if (!TryLock(handle, at))
            {
                return null; // The file system has no such locks, so nobody else holds one either.
            }
        }

        bool writes = denied.Any(permission => IsLocked(handle, UsedAt + permission));
        bool forbids = used.Any(permission => IsLocked(handle, DeniedAt + permission));
        if (!writes && !forbids)
        {
            return null;
        }

        (int processId, string? name) = LinuxLockHolders.Find(path);
        return new FileHolder(processId, name, writes && !writable ? "has it open for writing" : "has it open and does not share it");
    }

    private static bool TryLock(SafeFileHandle handle, long offset)
    {
        var wanted = new Libc.FileLock { Type = Libc.F_RDLCK, Start = offset, Length = 1 };
        if (Libc.Lock(handle, Libc.F_OFD_SETLK, ref wanted) == 0)
        {
            return true;
        }

        // EAGAIN: a program that knows nothing of this protocol has locked the bytes alone. IsLocked finds it.
        return Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EACCES;
    }

    private static bool IsLocked(SafeFileHandle handle, long offset)
    {
        var tested = new Libc.FileLock { Type = Libc.F_WRLCK, Start = offset, Length = 1 };
        return Libc.Lock(handle, Libc.F_OFD_GETLK, ref tested) == 0 && tested.Type != Libc.F_UNLCK;
    }
}
