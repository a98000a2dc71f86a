using System.Buffers.Binary;

namespace Portability.Core.Native;

/// <summary>`struct statx`, the parts that are needed. In the machine's byte order, which is little-endian wherever this runs.</summary>
internal readonly record struct LinuxFileStatus(ushort Mode, ulong Inode, long Size, long AllocatedBytes, uint DeviceMajor, uint DeviceMinor)
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int StructureSize = 256;

    private const int ModeAt = 28;
    private const int InodeAt = 32;
    private const int SizeAt = 40;
    private const int BlocksAt = 48;
    private const int DeviceMajorAt = 136;
    private const int DeviceMinorAt = 140;
    private const int BlockUnit = 512;
    private const ushort TypeMask = 0xF000, RegularFile = 0x8000, BlockDevice = 0x6000;

    /// <summary>True for a regular file.</summary>
    public bool IsRegularFile => (Mode & TypeMask) == RegularFile;

    /// <summary>True for a block device.</summary>
    public bool IsBlockDevice => (Mode & TypeMask) == BlockDevice;

    /// <summary>Reads the structure that the kernel filled in.</summary>
    public static LinuxFileStatus Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt16LittleEndian(source[ModeAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(source[InodeAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[SizeAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[BlocksAt..]) * BlockUnit,
        BinaryPrimitives.ReadUInt32LittleEndian(source[DeviceMajorAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[DeviceMinorAt..]));
}
