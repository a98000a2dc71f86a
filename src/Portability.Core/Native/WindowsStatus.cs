using System.Buffers.Binary;

namespace Portability.Core.Native;

/// <summary>`BY_HANDLE_FILE_INFORMATION`: only the fields that are used.</summary>
/// <remarks>fileapi.h. 52 bytes, little-endian.</remarks>
internal static class WindowsStatus
{
    private const int AttributesAt = 0;
    private const int CreationLowAt = AttributesAt + 4;
    private const int CreationHighAt = CreationLowAt + 4;
    private const int VolumeAt = CreationHighAt + 20;
    private const int LengthHighAt = VolumeAt + 4;
    private const int LengthLowAt = LengthHighAt + 4;
    private const int LinksAt = LengthLowAt + 4;
    private const int NumberHighAt = LinksAt + 4;
    private const int NumberLowAt = NumberHighAt + 4;
    private const uint FolderAttribute = 0x10;
    private const uint DeviceAttribute = 0x40;
    private const uint ReparseAttribute = 0x400;

    /// <summary>Reads the fields.</summary>
    /// <param name="source">The 52 bytes.</param>
    public static FileStatus Read(ReadOnlySpan<byte> source)
    {
        uint attributes = BinaryPrimitives.ReadUInt32LittleEndian(source[AttributesAt..]);
        FileKind kind = (attributes & (DeviceAttribute | ReparseAttribute)) != 0 ? FileKind.Other
            : (attributes & FolderAttribute) != 0 ? FileKind.Folder
            : FileKind.File;
        long birth = (long)Join(source, CreationHighAt, CreationLowAt);
        long length = kind == FileKind.File ? (long)Join(source, LengthHighAt, LengthLowAt) : 0;
        var identity = new FileIdentity(BinaryPrimitives.ReadUInt32LittleEndian(source[VolumeAt..]), Join(source, NumberHighAt, NumberLowAt), birth);
        return new FileStatus(kind, length, identity);
    }

    private static ulong Join(ReadOnlySpan<byte> source, int highAt, int lowAt) =>
        ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(source[highAt..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(source[lowAt..]);
}
