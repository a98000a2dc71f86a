using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>The file calls of the C library on Linux (64 bits). Numbers that differ between processors are properties.</summary>
internal static partial class Libc
{
    public const int O_CREAT = 0x40;
    public const int O_NONBLOCK = 0x800;
    public const uint RENAME_NOREPLACE = 1;
    public const int AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint STATX_BTIME = 0x800;
    public const uint STATX_MNT_ID = 0x1000;
    public const int StatSize = 256;

    public static int O_DIRECTORY => IsArm ? 0x4000 : 0x10000;

    public static int O_DIRECT => IsArm ? 0x10000 : 0x4000;

    public static int O_NOFOLLOW => IsArm ? 0x8000 : 0x20000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Flush(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int FlushDescriptor(int descriptor);

    [LibraryImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, Span<byte> target, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> source, nuint count, long offset);

    [LibraryImport(Library, EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Link(string path, string added);

    [LibraryImport(Library, EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Rename(int folder, string path, int renamedFolder, string renamed, uint flags);

    [LibraryImport(Library, EntryPoint = "unlink", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int Unlink(string path);

    [LibraryImport(Library, EntryPoint = "mkdir", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int CreateFolder(string path, int mode);

    [LibraryImport(Library, EntryPoint = "rmdir", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int RemoveFolder(string path);
}
