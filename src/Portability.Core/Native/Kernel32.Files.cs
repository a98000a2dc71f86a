using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Portability.Core.Native;

/// <summary>The file calls of Windows that .NET does not offer as they are.</summary>
internal static partial class Kernel32
{
    public const uint AddFile = 0x2;
    public const uint AddSubfolder = 0x4;
    public const uint ReadAttributes = 0x80;
    public const uint ShareAll = 0x7;
    public const uint OpenExisting = 3;
    public const uint BackupSemantics = 0x02000000;
    public const uint OpenReparsePoint = 0x00200000;
    public const int FileInformationSize = 52;

    [LibraryImport(Library, EntryPoint = "CreateFileW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    public static partial SafeFileHandle CreateFile(string path, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    [LibraryImport(Library, EntryPoint = "FlushFileBuffers", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool Flush(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateHardLink(string added, string path, nint security);

    [LibraryImport(Library, EntryPoint = "MoveFileExW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool Move(string path, string renamed, uint flags);

    [LibraryImport(Library, EntryPoint = "DeleteFileW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool Delete(string path);

    [LibraryImport(Library, EntryPoint = "CreateDirectoryW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateFolder(string path, nint security);

    [LibraryImport(Library, EntryPoint = "RemoveDirectoryW", StringMarshalling = StringMarshalling.Utf16, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool RemoveFolder(string path);

    [LibraryImport(Library, EntryPoint = "GetFileInformationByHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GetInformation(SafeFileHandle file, Span<byte> target);
}
