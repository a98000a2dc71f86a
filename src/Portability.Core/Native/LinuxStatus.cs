using System.Buffers.Binary;
using System.Runtime.Versioning;

namespace Portability.Core.Native;

/// <summary>The kernel's `struct statx`: only the fields that are used.</summary>
/// <remarks>statx(2). 256 bytes, host-endian, which is little-endian on every supported processor.</remarks>
[SupportedOSPlatform("linux")]
internal static class LinuxStatus
{
    private const int MaskAt = 0;
    private const int ModeAt = 28;
    private const int NumberAt = 32;
    private const int LengthAt = 40;
    private const int BirthSecondsAt = 80;
    private const int BirthNanosecondsAt = BirthSecondsAt + 8;
    private const int DeviceMajorAt = 136;
    private const int DeviceMinorAt = DeviceMajorAt + 4;
    private const int MountIdAt = DeviceMinorAt + 4;
    private const int TypeMask = 0xF000;
    private const int FolderType = 0x4000;
    private const int FileType = 0x8000;
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>Reads the fields.</summary>
    /// <param name="source">The 256 bytes.</param>
    public static FileStatus Read(ReadOnlySpan<byte> source)
    {
        uint mask = BinaryPrimitives.ReadUInt32LittleEndian(source[MaskAt..]);
        FileKind kind = (BinaryPrimitives.ReadUInt16LittleEndian(source[ModeAt..]) & TypeMask) switch
        {
            FolderType => FileKind.Folder,
            FileType => FileKind.File,
            _ => FileKind.Other,
        };
        ulong device = ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(source[DeviceMajorAt..]) << 32)
            | BinaryPrimitives.ReadUInt32LittleEndian(source[DeviceMinorAt..]);
        long birth = (mask & Libc.STATX_BTIME) == 0
            ? 0
            : unchecked((BinaryPrimitives.ReadInt64LittleEndian(source[BirthSecondsAt..]) * NanosecondsPerSecond)
                + BinaryPrimitives.ReadUInt32LittleEndian(source[BirthNanosecondsAt..]));
        ulong mount = (mask & Libc.STATX_MNT_ID) == 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(source[MountIdAt..]);
        long length = kind == FileKind.File ? BinaryPrimitives.ReadInt64LittleEndian(source[LengthAt..]) : 0;
        return new FileStatus(kind, length, new FileIdentity(device, BinaryPrimitives.ReadUInt64LittleEndian(source[NumberAt..]), birth), mount);
    }
}
