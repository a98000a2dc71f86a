using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>Calls of the C library on 64-bit Linux. Each returns -1 and sets the last error when it fails.</summary>
internal static partial class Libc
{
    public const int EBUSY = 16, ENXIO = 6, EINVAL = 22, ENOTTY = 25, EOPNOTSUPP = 95, ENOSYS = 38, EACCES = 13, EPERM = 1, EAGAIN = 11;
    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_EXCL = 0x80, O_CLOEXEC = 0x80000;
    public const int SEEK_DATA = 3, SEEK_HOLE = 4;
    public const int FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2;
    public const int F_OFD_GETLK = 36, F_OFD_SETLK = 37;
    public const int F_SETLEASE = 1024, F_SETSIG = 10, SIGURG = 23;
    public const short F_RDLCK = 0, F_WRLCK = 1, F_UNLCK = 2;
    public const int AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000, AT_STATX_DONT_SYNC = 0x4000;
    public const uint STATX_BASIC_STATS = 0x7FF;
    public const ulong BLKSSZGET = 0x1268, BLKPBSZGET = 0x127B, BLKGETSIZE64 = 0x80081272;

    private const string Library = "libc";

    /// <summary>`struct flock` of 64-bit Linux; passed to the kernel, never read from a disk.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FileLock
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int ProcessId;
    }

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle handle, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(SafeFileHandle handle, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Lock(SafeFileHandle handle, int command, ref FileLock fileLock);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Set(SafeFileHandle handle, int command, nint value);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle handle, ulong request, out long value);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int folder, string path, int flags, uint mask, Span<byte> result);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int StatOpen(SafeFileHandle handle, string path, int flags, uint mask, Span<byte> result);
}
