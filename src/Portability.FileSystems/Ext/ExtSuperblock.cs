using System.Buffers.Binary;
using System.Text;

namespace Portability.FileSystems.Ext;

/// <summary>Superblock of an ext2, ext3 or ext4 volume. Little-endian, 1024 bytes at offset 1024, and copies in some block groups.</summary>
/// <remarks>ext4 data structures, "The Super Block" (struct ext4_super_block).</remarks>
internal sealed record ExtSuperblock
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 1024;

    /// <summary>Offset of the first one in the volume.</summary>
    public const int At = 1024;

    /// <summary>The magic number.</summary>
    public const ushort MagicNumber = 0xEF53;

    /// <summary>Offset of the magic number in the superblock.</summary>
    public const int MagicAt = 0x38;

    /// <summary>Offset of the incompatible features.</summary>
    public const int IncompatibleAt = 0x60;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumAt = 0x3FC;

    /// <summary>Inode of the root directory.</summary>
    public const uint RootInode = 2;

    /// <summary>Flag: names are hashed as signed characters.</summary>
    public const uint SignedHashFlag = 1;

    /// <summary>Flag: names are hashed as unsigned characters.</summary>
    public const uint UnsignedHashFlag = 2;

    private const int MaximumBlockSizeBits = 16;
    private const int OldInodeSize = 128;
    private const int OldFirstInode = 11;

    /// <summary>Inodes.</summary>
    public required uint InodeCount { get; init; }

    /// <summary>Blocks.</summary>
    public required ulong BlockCount { get; init; }

    /// <summary>Free blocks.</summary>
    public required ulong FreeBlockCount { get; init; }

    /// <summary>Free inodes.</summary>
    public required uint FreeInodeCount { get; init; }

    /// <summary>Block that holds the superblock of group 0: 1 with blocks of 1 KiB, else 0.</summary>
    public required uint FirstDataBlock { get; init; }

    /// <summary>Size of a block in bytes, as a power of two.</summary>
    public required int BlockSizeBits { get; init; }

    /// <summary>Blocks of a cluster, as a power of two; 0 without bigalloc.</summary>
    public required int ClusterBlocksBits { get; init; }

    /// <summary>Blocks of a group.</summary>
    public required uint BlocksPerGroup { get; init; }

    /// <summary>Clusters of a group.</summary>
    public required uint ClustersPerGroup { get; init; }

    /// <summary>Inodes of a group.</summary>
    public required uint InodesPerGroup { get; init; }

    /// <summary>State: 1 clean, 2 errors, 4 orphans being recovered.</summary>
    public required ushort State { get; init; }

    /// <summary>First inode that is not reserved.</summary>
    public required uint FirstInode { get; init; }

    /// <summary>Size of an inode in bytes.</summary>
    public required int InodeSize { get; init; }

    /// <summary>Features that may be ignored.</summary>
    public required ExtCompatibleFeatures Compatible { get; init; }

    /// <summary>Features without which it cannot be read.</summary>
    public required ExtIncompatibleFeatures Incompatible { get; init; }

    /// <summary>Features without which it cannot be written.</summary>
    public required ExtReadOnlyFeatures ReadOnly { get; init; }

    /// <summary>UUID, 16 bytes in the order they are written.</summary>
    public required byte[] Uuid { get; init; }

    /// <summary>Label.</summary>
    public required string Label { get; init; }

    /// <summary>Inode of the journal; 0 without one.</summary>
    public required uint JournalInode { get; init; }

    /// <summary>Number of the device that holds the journal; 0 if it is inside.</summary>
    public required uint JournalDevice { get; init; }

    /// <summary>First inode of the list of orphans; 0 without one.</summary>
    public required uint LastOrphan { get; init; }

    /// <summary>Inode of the orphan file; 0 without one.</summary>
    public required uint OrphanFileInode { get; init; }

    /// <summary>Seed of the hash of names, four numbers.</summary>
    public required uint[] HashSeed { get; init; }

    /// <summary>Flags: 1 names are hashed as signed bytes, 2 as unsigned.</summary>
    public required uint Flags { get; init; }

    /// <summary>Size of a group descriptor in bytes.</summary>
    public required int DescriptorSize { get; init; }

    /// <summary>First group whose descriptors lie in its meta group.</summary>
    public required uint FirstMetaBlockGroup { get; init; }

    /// <summary>Groups that hold a copy where there are two only.</summary>
    public required uint[] BackupGroups { get; init; }

    /// <summary>Block of the multiple mount protection.</summary>
    public required ulong MountProtectionBlock { get; init; }

    /// <summary>Seed of metadata checksums.</summary>
    public required uint ChecksumSeed { get; init; }

    /// <summary>Size of a block in bytes.</summary>
    public int BlockSize => 1 << BlockSizeBits;

    /// <summary>Block groups.</summary>
    public uint GroupCount => (uint)((BlockCount - FirstDataBlock + BlocksPerGroup - 1) / BlocksPerGroup);

    /// <summary>True with checksums of all metadata.</summary>
    public bool HasMetadataChecksums => ReadOnly.HasFlag(ExtReadOnlyFeatures.MetadataChecksums);

    /// <summary>UUID as text.</summary>
    public string UuidText => new Guid(Uuid, bigEndian: true).ToString("D");

    /// <summary>`ext2`, `ext3` or `ext4`, by its features, as blkid tells them apart.</summary>
    public string TypeName
    {
        get
        {
            const ExtIncompatibleFeatures Ext3 = ExtIncompatibleFeatures.FileType | ExtIncompatibleFeatures.NeedsRecovery | ExtIncompatibleFeatures.MetaBlockGroups;
            const ExtReadOnlyFeatures Ext3ReadOnly = ExtReadOnlyFeatures.SparseSuper | ExtReadOnlyFeatures.LargeFile | ExtReadOnlyFeatures.BinaryTreeDirectory;
            return (Incompatible & ~Ext3) != ExtIncompatibleFeatures.None || (ReadOnly & ~Ext3ReadOnly) != ExtReadOnlyFeatures.None ? "ext4" : Compatible.HasFlag(ExtCompatibleFeatures.HasJournal) ? "ext3" : "ext2";
        }
    }

    /// <summary>True if the bytes may be a superblock.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static bool IsOne(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt16LittleEndian(source[MagicAt..]) == MagicNumber;

    /// <summary>Reads a superblock and checks what others are computed from.</summary>
    /// <param name="source"><see cref="Size"/> bytes.</param>
    /// <param name="offset">Offset in the volume, for errors.</param>
    /// <param name="volume">Name of the volume, for errors.</param>
    /// <exception cref="InvalidFormatException">It is none, its checksum is wrong, or its numbers do not fit together.</exception>
    public static ExtSuperblock Read(ReadOnlySpan<byte> source, long offset, string volume)
    {
        if (!IsOne(source))
        {
            throw ExtErrors.Invalid(volume, "superblock", offset, "its magic number is not 0xEF53");
        }

        var compatible = (ExtCompatibleFeatures)Number(source, 0x5C);
        var incompatible = (ExtIncompatibleFeatures)Number(source, IncompatibleAt);
        var readOnly = (ExtReadOnlyFeatures)Number(source, 0x64);
        bool isWide = incompatible.HasFlag(ExtIncompatibleFeatures.Wide);
        bool isOld = Number(source, 0x4C) == 0;
        byte[] uuid = source.Slice(0x68, 16).ToArray();
        if (readOnly.HasFlag(ExtReadOnlyFeatures.MetadataChecksums))
        {
            uint stored = Number(source, ChecksumAt), computed = ExtChecksum.Crc32C(ExtChecksum.Start, source[..ChecksumAt]);
            if (stored != computed)
            {
                throw ExtErrors.Checksum(volume, "superblock", offset, stored, computed);
            }
        }

        var superblock = new ExtSuperblock
        {
            InodeCount = Number(source, 0x00),
            BlockCount = Wide(source, 0x04, 0x150, isWide),
            FreeBlockCount = Wide(source, 0x0C, 0x158, isWide),
            FreeInodeCount = Number(source, 0x10),
            FirstDataBlock = Number(source, 0x14),
            BlockSizeBits = (int)Math.Min(Number(source, 0x18), 32) + 10,
            ClusterBlocksBits = readOnly.HasFlag(ExtReadOnlyFeatures.BigAllocation) ? (int)Math.Clamp((long)Number(source, 0x1C) - Number(source, 0x18), -1, 32) : 0,
            BlocksPerGroup = Number(source, 0x20),
            ClustersPerGroup = Number(source, 0x24),
            InodesPerGroup = Number(source, 0x28),
            State = Short(source, 0x3A),
            FirstInode = isOld ? OldFirstInode : Number(source, 0x54),
            InodeSize = isOld ? OldInodeSize : Short(source, 0x58),
            Compatible = compatible,
            Incompatible = incompatible,
            ReadOnly = readOnly,
            Uuid = uuid,
            Label = Text(source.Slice(0x78, 16)),
            JournalInode = Number(source, 0xE0),
            JournalDevice = Number(source, 0xE4),
            LastOrphan = Number(source, 0xE8),
            HashSeed = [Number(source, 0xEC), Number(source, 0xF0), Number(source, 0xF4), Number(source, 0xF8)],
            Flags = Number(source, 0x160),
            DescriptorSize = isWide ? Short(source, 0xFE) : ExtGroupDescriptor.NarrowSize,
            FirstMetaBlockGroup = Number(source, 0x104),
            BackupGroups = [Number(source, 0x24C), Number(source, 0x250)],
            MountProtectionBlock = BinaryPrimitives.ReadUInt64LittleEndian(source[0x168..]),
            OrphanFileInode = Number(source, 0x280),
            ChecksumSeed = incompatible.HasFlag(ExtIncompatibleFeatures.ChecksumSeed) ? Number(source, 0x270) : ExtChecksum.Crc32C(ExtChecksum.Start, uuid),
        };
        superblock.Validate(offset, volume);
        return superblock;
    }

    /// <summary>True if a group holds a copy of the superblock.</summary>
    /// <param name="group">The group.</param>
    public bool HasCopy(uint group)
    {
        if (group == 0)
        {
            return true;
        }

        if (Compatible.HasFlag(ExtCompatibleFeatures.SparseSuper2))
        {
            return group == BackupGroups[0] || group == BackupGroups[1];
        }

        return !ReadOnly.HasFlag(ExtReadOnlyFeatures.SparseSuper) || group == 1 || IsPower(group, 3) || IsPower(group, 5) || IsPower(group, 7);
    }

    private static bool IsPower(uint value, uint of)
    {
        while (value % of == 0)
        {
            value /= of;
        }

        return value == 1;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    private static ushort Short(ReadOnlySpan<byte> source, int at) => BinaryPrimitives.ReadUInt16LittleEndian(source[at..]);

    private static uint Number(ReadOnlySpan<byte> source, int at) => BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);

    private static ulong Wide(ReadOnlySpan<byte> source, int low, int high, bool isWide) => Number(source, low) | (isWide ? (ulong)Number(source, high) << 32 : 0);

    private void Validate(long offset, string volume)
    {
        string? fact = this switch
        {
            { BlockSizeBits: > MaximumBlockSizeBits } => "its block size is above 64 KiB",
            { ClusterBlocksBits: < 0 or > 16 } => "its cluster size is below its block size or above 2^16 blocks",
            { InodeSize: < OldInodeSize } => FormattableString.Invariant($"its inodes are of {InodeSize} bytes"),
            _ when InodeSize > BlockSize || (InodeSize & (InodeSize - 1)) != 0 => FormattableString.Invariant($"its inodes are of {InodeSize} bytes"),
            { BlocksPerGroup: 0 } or { InodesPerGroup: 0 } => "its groups have no blocks or no inodes",
            _ when BlocksPerGroup > (8UL << BlockSizeBits << ClusterBlocksBits) || InodesPerGroup > 8UL << BlockSizeBits => "its groups have more blocks or inodes than a bitmap has bits",
            _ when FirstDataBlock != (BlockSizeBits == 10 && ClusterBlocksBits == 0 ? 1 : 0) && FirstDataBlock > 1 => FormattableString.Invariant($"its first data block is {FirstDataBlock}"),
            _ when BlockCount <= FirstDataBlock || BlockCount > 1UL << 48 => FormattableString.Invariant($"it has {BlockCount} blocks"),
            _ when DescriptorSize < ExtGroupDescriptor.NarrowSize || DescriptorSize > BlockSize || (DescriptorSize & (DescriptorSize - 1)) != 0 => FormattableString.Invariant($"its group descriptors are of {DescriptorSize} bytes"),
            _ when Incompatible.HasFlag(ExtIncompatibleFeatures.Wide) && DescriptorSize < ExtGroupDescriptor.WideSize => FormattableString.Invariant($"its group descriptors are of {DescriptorSize} bytes with 64-bit numbers"),
            _ when (ulong)GroupCount * InodesPerGroup < InodeCount || InodeCount < RootInode => FormattableString.Invariant($"it has {InodeCount} inodes in {GroupCount} groups of {InodesPerGroup}"),
            _ => null,
        };
        if (fact is not null)
        {
            throw ExtErrors.Invalid(volume, "superblock", offset, fact);
        }
    }
}
