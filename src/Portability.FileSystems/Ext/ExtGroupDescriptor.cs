using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>Descriptor of a block group. Little-endian, 32 bytes, or 64 and more with 64-bit numbers.</summary>
/// <remarks>ext4 data structures, "Block Group Descriptors" (struct ext4_group_desc).</remarks>
internal readonly record struct ExtGroupDescriptor
{
    /// <summary>Size without 64-bit numbers, in bytes.</summary>
    public const int NarrowSize = 32;

    /// <summary>Least size with them.</summary>
    public const int WideSize = 64;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumAt = 0x1E;

    /// <summary>Flag: the inode table and bitmap are not initialised.</summary>
    public const ushort InodesUninitialised = 1;

    /// <summary>Block of the block bitmap.</summary>
    public required ulong BlockBitmap { get; init; }

    /// <summary>Block of the inode bitmap.</summary>
    public required ulong InodeBitmap { get; init; }

    /// <summary>First block of the inode table.</summary>
    public required ulong InodeTable { get; init; }

    /// <summary>Flags.</summary>
    public required ushort Flags { get; init; }

    /// <summary>Inodes at the end of the table that were never used.</summary>
    public required uint UnusedInodes { get; init; }

    /// <summary>Checksum as stored.</summary>
    public required ushort Checksum { get; init; }

    /// <summary>Reads a descriptor.</summary>
    /// <param name="source">As many bytes as the superblock says.</param>
    /// <param name="isWide">True with 64-bit numbers.</param>
    public static ExtGroupDescriptor Read(ReadOnlySpan<byte> source, bool isWide) => new()
    {
        BlockBitmap = Wide(source, 0x00, 0x20, isWide),
        InodeBitmap = Wide(source, 0x04, 0x24, isWide),
        InodeTable = Wide(source, 0x08, 0x28, isWide),
        Flags = BinaryPrimitives.ReadUInt16LittleEndian(source[0x12..]),
        UnusedInodes = BinaryPrimitives.ReadUInt16LittleEndian(source[0x1C..]) | (isWide ? (uint)BinaryPrimitives.ReadUInt16LittleEndian(source[0x32..]) << 16 : 0),
        Checksum = BinaryPrimitives.ReadUInt16LittleEndian(source[ChecksumAt..]),
    };

    /// <summary>Computes the checksum that a descriptor should have.</summary>
    /// <param name="source">Its bytes.</param>
    /// <param name="group">Its group.</param>
    /// <param name="superblock">The volume.</param>
    /// <returns>Null where the volume keeps none.</returns>
    public static ushort? ComputeChecksum(ReadOnlySpan<byte> source, uint group, ExtSuperblock superblock)
    {
        if (superblock.HasMetadataChecksums)
        {
            return (ushort)ExtChecksum.Crc32CWithout(ExtChecksum.Crc32C(superblock.ChecksumSeed, group), source, ChecksumAt, sizeof(ushort));
        }

        if (!superblock.ReadOnly.HasFlag(ExtReadOnlyFeatures.DescriptorChecksums))
        {
            return null;
        }

        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, group);
        ushort sum = ExtChecksum.Crc16(ushort.MaxValue, superblock.Uuid);
        sum = ExtChecksum.Crc16(sum, number);
        sum = ExtChecksum.Crc16(sum, source[..ChecksumAt]);
        return ExtChecksum.Crc16(sum, source[(ChecksumAt + sizeof(ushort))..]);
    }

    private static ulong Wide(ReadOnlySpan<byte> source, int low, int high, bool isWide) =>
        BinaryPrimitives.ReadUInt32LittleEndian(source[low..]) | (isWide ? (ulong)BinaryPrimitives.ReadUInt32LittleEndian(source[high..]) << 32 : 0);
}
