using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>
/// Finds who may change a file without a lock on it: a loop device that has it behind it, and a process that has it open for writing. The kernel
/// tells at once that nobody does, by a lease that it grants for a file of this account or to root; who it is, `/sys` and `/proc` show, of the processes
/// of others to root only. Other machines are never seen.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LinuxFileUsers
{
    private const string Devices = "/sys/block", Processes = "/proc", DeletedMark = " (deleted)", OpenForWriting = "has it open for writing";
    private const int AccessMask = 3; // O_ACCMODE: O_RDONLY is 0

    // A process that is just being started has what its parent has open, until it runs its own program.
    private const int Looks = 4;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(15);

    /// <summary>Looks for whoever may change an open file or device.</summary>
    /// <param name="handle">The file, open for reading only or for writing too.</param>
    /// <param name="file">Its status.</param>
    /// <param name="path">Its full path.</param>
    /// <param name="writable">True if it is written here: then this process is left out, and devices that only read count.</param>
    /// <returns>Who it is, or null if nobody can be seen.</returns>
    public static FileHolder? Find(SafeFileHandle handle, LinuxFileStatus file, string path, bool writable)
    {
        FileHolder? found = Look(handle, file, path, writable);
        for (int look = 1; look < Looks && found is not null && found.Device is null; look++)
        {
            Thread.Sleep(BetweenLooks);
            found = Look(handle, file, path, writable);
        }

        return found;
    }

    private static FileHolder? Look(SafeFileHandle handle, LinuxFileStatus file, string path, bool writable)
    {
        bool? isWritten = writable || file.IsBlockDevice ? null : IsWritten(handle);
        if (isWritten == false)
        {
            return null;
        }

        FileHolder? found = (file.IsBlockDevice ? null : FindLoopDevice(file, path, writable)) ?? FindWriter(file, others: writable);
        return found is not null || isWritten is null || IsRemote(path) ? found : new FileHolder(0, null, OpenForWriting);
    }

    /// <summary>
    /// Takes a read lease, which is granted only while nobody has the file open for writing, the kernel for a loop device included. Who opens the file so
    /// from then on waits until it is given back, and the kernel sends this process a signal: one that nobody hears, as the default one ends the process.
    /// </summary>
    /// <remarks>fcntl(2).</remarks>
    /// <param name="handle">The file, open for reading only.</param>
    /// <returns>True if it was granted; null if it cannot be asked for: not this account's file, or a file system without leases.</returns>
    internal static bool? TryLease(SafeFileHandle handle)
    {
        if (Libc.Set(handle, Libc.F_SETSIG, Libc.SIGURG) == 0 && Libc.Set(handle, Libc.F_SETLEASE, Libc.F_RDLCK) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() == Libc.EAGAIN ? false : null;
    }

    /// <summary>Gives a lease back.</summary>
    /// <param name="handle">The file.</param>
    internal static void EndLease(SafeFileHandle handle) => Libc.Set(handle, Libc.F_SETLEASE, Libc.F_UNLCK);

    private static bool? IsWritten(SafeFileHandle handle)
    {
        bool? granted = TryLease(handle);
        if (granted == true)
        {
            EndLease(handle);
        }

        return !granted;
    }

    // A network file system grants no lease when its server did not hand it the file, whoever has it open.
    private static bool IsRemote(string path) => new DriveInfo(path).DriveType == DriveType.Network;

    private static FileHolder? FindLoopDevice(LinuxFileStatus file, string path, bool writable)
    {
        foreach (string device in Folders(Devices, "loop*"))
        {
            if (TryRead(Path.Combine(device, "loop", "backing_file"))?.TrimEnd('\n') is not { Length: > 0 } backing)
            {
                continue;
            }

            // The kernel names the file as it was when the device was set up, and adds what became of it.
            bool isFile = LinuxFileStatus.TryOf(backing, 0) is { } found
                ? found.IsSameFile(file)
                : string.Equals(backing, path + DeletedMark, StringComparison.Ordinal);
            if (isFile && (writable || TryRead(Path.Combine(device, "ro"))?.Trim() is not "1"))
            {
                return new FileHolder(0, null, "has it behind it", "/dev/" + Path.GetFileName(device));
            }
        }

        return null;
    }

    private static FileHolder? FindWriter(LinuxFileStatus file, bool others)
    {
        string? self = File.ResolveLinkTarget(Processes + "/self", returnFinalTarget: false)?.Name;
        foreach (string process in Folders(Processes, "*"))
        {
            string name = Path.GetFileName(process);
            bool isOwn = string.Equals(name, self, StringComparison.Ordinal);
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !(isOwn && others) && Writes(process, file))
            {
                return new FileHolder(id, TryRead(Path.Combine(process, "comm"))?.Trim(), OpenForWriting, IsOwn: isOwn);
            }
        }

        return null;
    }

    private static bool Writes(string process, LinuxFileStatus file)
    {
        try
        {
            // The link leads to the open file itself, whatever its name is by now. Attributes are taken as they are: no server is waited for.
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd"))
                .Where(link => LinuxFileStatus.TryOf(link, Libc.AT_STATX_DONT_SYNC) is { } open && open.IsSameFile(file))
                .Any(link => IsOpenForWriting(Path.Combine(process, "fdinfo", Path.GetFileName(link))));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false; // The process ended, or belongs to someone else: its files cannot be seen.
        }
    }

    // proc_pid_fdinfo(5): "flags:", the octal flags of open(2).
    private static bool IsOpenForWriting(string path)
    {
        string? flags = TryRead(path)?.Split('\n').FirstOrDefault(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return flags is { Length: > 0 } && ((flags.TrimEnd()[^1] - '0') & AccessMask) != Libc.O_RDONLY;
    }

    private static string[] Folders(string path, string pattern)
    {
        try
        {
            return Directory.GetDirectories(path, pattern);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return []; // Not shown to this account, or not mounted.
        }
    }

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return null; // Gone since it was listed, or not attached.
        }
    }
}
