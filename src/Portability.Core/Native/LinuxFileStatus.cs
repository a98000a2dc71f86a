using System.Buffers.Binary;

namespace Portability.Core.Native;

/// <summary>`struct statx`, the parts that are needed. In the machine's byte order, which is little-endian wherever this runs.</summary>
internal readonly record struct LinuxFileStatus(ushort Mode, ulong Inode, long Size, long AllocatedBytes, ulong OwnDevice, ulong Device)
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int StructureSize = 256;

    private const int ModeAt = 28;
    private const int InodeAt = 32;
    private const int SizeAt = 40;
    private const int BlocksAt = 48;
    private const int OwnDeviceMajorAt = 128;
    private const int OwnDeviceMinorAt = OwnDeviceMajorAt + 4;
    private const int DeviceMajorAt = OwnDeviceMinorAt + 4;
    private const int DeviceMinorAt = DeviceMajorAt + 4;
    private const int BlockUnit = 512;
    private const ushort TypeMask = 0xF000, RegularFile = 0x8000, BlockDevice = 0x6000;

    /// <summary>True for a regular file.</summary>
    public bool IsRegularFile => (Mode & TypeMask) == RegularFile;

    /// <summary>True for a block device.</summary>
    public bool IsBlockDevice => (Mode & TypeMask) == BlockDevice;

    /// <summary>Asks for a name, or null if there is none that this account may see.</summary>
    /// <param name="path">Full path; links are followed.</param>
    /// <param name="flags">`AT_` flags.</param>
    public static LinuxFileStatus? TryOf(string path, int flags)
    {
        Span<byte> buffer = stackalloc byte[StructureSize];
        return !path.Contains('\0', StringComparison.Ordinal) && Libc.Stat(Libc.AT_FDCWD, path, flags, Libc.STATX_BASIC_STATS, buffer) == 0 ? Read(buffer) : null;
    }

    /// <summary>Tells whether two names, or a name and an open file, are one file; of block devices, one device.</summary>
    /// <param name="other">The other.</param>
    public bool IsSameFile(LinuxFileStatus other) => IsBlockDevice
        ? other.IsBlockDevice && other.OwnDevice == OwnDevice
        : !other.IsBlockDevice && other.Inode == Inode && other.Device == Device;

    /// <summary>Reads the structure that the kernel filled in.</summary>
    public static LinuxFileStatus Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt16LittleEndian(source[ModeAt..]),
        BinaryPrimitives.ReadUInt64LittleEndian(source[InodeAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[SizeAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[BlocksAt..]) * BlockUnit,
        Join(source, OwnDeviceMajorAt, OwnDeviceMinorAt),
        Join(source, DeviceMajorAt, DeviceMinorAt));

    private static ulong Join(ReadOnlySpan<byte> source, int majorAt, int minorAt) =>
        ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(source[majorAt..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(source[minorAt..]);
}
