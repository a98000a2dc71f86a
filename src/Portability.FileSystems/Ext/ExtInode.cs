using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>An inode. Little-endian, 128 bytes and what the volume adds.</summary>
/// <remarks>ext4 data structures, "Index Nodes" (struct ext4_inode).</remarks>
internal sealed class ExtInode
{
    /// <summary>Size of the part that every inode has, in bytes.</summary>
    public const int CoreSize = 128;

    /// <summary>Offset of the block area.</summary>
    public const int BlockAt = 0x28;

    /// <summary>Size of the block area: block map, extent root, short link or inline data.</summary>
    public const int BlockSize = 60;

    private const int ChecksumLowAt = 0x7C, ChecksumHighAt = 0x82;
    private const int ExtraSizeAt = 0x80;
    private const int TypeMask = 0xF000, PermissionMask = 0xFFF;

    private readonly byte[] bytes;

    private ExtInode(uint number, byte[] bytes)
    {
        Number = number;
        this.bytes = bytes;
    }

    /// <summary>Its number, from 1.</summary>
    public uint Number { get; }

    /// <summary>All its bytes.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>All its bytes, to be kept.</summary>
    public ReadOnlyMemory<byte> Memory => bytes;

    /// <summary>Type and permissions.</summary>
    public ushort Mode => Short(0);

    /// <summary>Permissions with set-user, set-group and sticky.</summary>
    public int Permissions => Mode & PermissionMask;

    /// <summary>Owner.</summary>
    public uint User => Short(0x02) | ((uint)Short(0x78) << 16);

    /// <summary>Group.</summary>
    public uint Group => Short(0x18) | ((uint)Short(0x7A) << 16);

    /// <summary>Links.</summary>
    public ushort LinkCount => Short(0x1A);

    /// <summary>Length as stored; a directory's high half is something else in old volumes.</summary>
    public ulong Length => Word(0x04) | ((ulong)Word(0x6C) << 32);

    /// <summary>Flags.</summary>
    public ExtInodeFlags Flags => (ExtInodeFlags)Word(0x20);

    /// <summary>Generation.</summary>
    public uint Generation => Word(0x64);

    /// <summary>Block of extended attributes; 0 without one.</summary>
    public ulong AttributeBlock => Word(0x68) | ((ulong)Short(0x76) << 32);

    /// <summary>Sectors of 512 bytes, or blocks with <see cref="ExtInodeFlags.HugeFile"/>, that it takes.</summary>
    public ulong AllocatedUnits => Word(0x1C) | ((ulong)Short(0x74) << 32);

    /// <summary>When it was deleted, or the next orphan.</summary>
    public uint DeletionTime => Word(0x14);

    /// <summary>The block area.</summary>
    public ReadOnlySpan<byte> Block => bytes.AsSpan(BlockAt, BlockSize);

    /// <summary>Bytes behind the core that fields take; what follows holds attributes.</summary>
    public int ExtraSize => bytes.Length > CoreSize ? Short(ExtraSizeAt) : 0;

    /// <summary>Project; null without one.</summary>
    public uint? Project => Has(0x9C, 4) ? Word(0x9C) : null;

    /// <summary>What it is.</summary>
    public NodeKind Kind => (Mode & TypeMask) switch
    {
        0x1000 => NodeKind.Fifo,
        0x2000 => NodeKind.CharacterDevice,
        0x4000 => NodeKind.Directory,
        0x6000 => NodeKind.BlockDevice,
        0x8000 => NodeKind.File,
        0xA000 => NodeKind.SymbolicLink,
        0xC000 => NodeKind.Socket,
        _ => NodeKind.Unknown,
    };

    /// <summary>Its times.</summary>
    public FileTimes Times => new(
        Has(0x90, 4) ? Time(0x90, 0x94) : null,
        Time(0x10, 0x88),
        Time(0x0C, 0x84),
        Time(0x08, 0x8C));

    /// <summary>Number of the device that a device node names.</summary>
    public DeviceNumber Device
    {
        get
        {
            uint old = Word(BlockAt);
            if (old != 0)
            {
                return new DeviceNumber((old >> 8) & 0xFF, old & 0xFF);
            }

            uint value = Word(BlockAt + 4);
            return new DeviceNumber((value & 0xFFF00) >> 8, (value & 0xFF) | ((value >> 12) & 0xFFF00));
        }
    }

    /// <summary>Takes the bytes of an inode and checks them.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="bytes">Its bytes; owned by it from now on.</param>
    /// <param name="offset">Offset in the volume, for errors.</param>
    /// <param name="superblock">The volume.</param>
    /// <param name="volume">Name of the volume, for errors.</param>
    /// <exception cref="InvalidFormatException">Its checksum is wrong, or its size.</exception>
    public static ExtInode Read(uint number, byte[] bytes, long offset, ExtSuperblock superblock, string volume)
    {
        var inode = new ExtInode(number, bytes);
        if (inode.ExtraSize > bytes.Length - CoreSize || (inode.ExtraSize & 3) != 0)
        {
            throw ExtErrors.Invalid(volume, $"inode {number}", offset, FormattableString.Invariant($"its extra size is {inode.ExtraSize} of {bytes.Length - CoreSize}"));
        }

        if (superblock.HasMetadataChecksums && bytes.AsSpan().ContainsAnyExcept((byte)0))
        {
            uint stored = inode.StoredChecksum, computed = inode.ComputeChecksum(superblock);
            if (stored != computed)
            {
                throw ExtErrors.Checksum(volume, $"inode {number}", offset, stored, computed);
            }
        }

        return inode;
    }

    /// <summary>Where the checksums of what belongs to it begin: its number and generation.</summary>
    /// <param name="superblock">The volume.</param>
    public uint ChecksumSeed(ExtSuperblock superblock) => ExtChecksum.Crc32C(ExtChecksum.Crc32C(superblock.ChecksumSeed, Number), Generation);

    private bool HasHighChecksum => Has(ChecksumHighAt, 2);

    private uint StoredChecksum => Short(ChecksumLowAt) | (HasHighChecksum ? (uint)Short(ChecksumHighAt) << 16 : 0);

    private uint ComputeChecksum(ExtSuperblock superblock)
    {
        ReadOnlySpan<byte> source = bytes;
        uint sum = ExtChecksum.Crc32CWithout(ChecksumSeed(superblock), source[..CoreSize], ChecksumLowAt, 2);
        if (source.Length > CoreSize)
        {
            sum = HasHighChecksum
                ? ExtChecksum.Crc32CWithout(sum, source[CoreSize..], ChecksumHighAt - CoreSize, 2)
                : ExtChecksum.Crc32C(sum, source[CoreSize..]);
        }

        return HasHighChecksum ? sum : sum & 0xFFFF;
    }

    // A field behind the core is there if the inode says that its fields reach so far.
    private bool Has(int at, int size) => bytes.Length > CoreSize && at + size <= CoreSize + ExtraSize;

    private FileTime Time(int at, int extraAt)
    {
        long seconds = (int)Word(at);
        if (!Has(extraAt, 4))
        {
            return new FileTime(seconds, 0);
        }

        uint extra = Word(extraAt);
        return new FileTime(seconds + ((long)(extra & 3) << 32), (int)Math.Min(extra >> 2, 999_999_999));
    }

    private ushort Short(int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at));

    private uint Word(int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
}
