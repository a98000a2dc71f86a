using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Portability.Disks.Formats.Vhd;

/// <summary>VHD dynamic disk header: where the block allocation table is, and the parent of a differencing disk.</summary>
/// <remarks>Virtual Hard Disk Image Format Specification, "Dynamic Disk Header Format". Big-endian, 1024 bytes.</remarks>
internal readonly record struct VhdDynamicHeader
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 1024;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumAt = BlockSizeAt + 4;

    /// <summary>Block size that Hyper-V makes, in bytes.</summary>
    public const uint DefaultBlockSize = 2 << 20;

    /// <summary>Number of parent locators.</summary>
    public const int LocatorCount = 8;

    private const uint CurrentVersion = 0x00010000;
    private const int CookieAt = 0;
    private const int DataOffsetAt = CookieAt + 8;
    private const int TableOffsetAt = DataOffsetAt + 8;
    private const int VersionAt = TableOffsetAt + 8;
    private const int MaxTableEntriesAt = VersionAt + 4;
    private const int BlockSizeAt = MaxTableEntriesAt + 4;
    private const int ParentUniqueIdAt = ChecksumAt + 4;
    private const int ParentTimestampAt = ParentUniqueIdAt + 16;
    private const int ReservedAt = ParentTimestampAt + 4;
    private const int ParentNameAt = ReservedAt + 4;
    private const int ParentNameSize = 512;
    private const int LocatorsAt = ParentNameAt + ParentNameSize;

    /// <summary>Start of every dynamic header.</summary>
    public static ReadOnlySpan<byte> Cookie => "cxsparse"u8;

    /// <summary>Offset of the block allocation table in the file, in bytes.</summary>
    public required ulong TableOffset { get; init; }

    /// <summary>Header version.</summary>
    public uint Version { get; init; }

    /// <summary>Entries of the table.</summary>
    public required uint MaxTableEntries { get; init; }

    /// <summary>Size of a block's data in bytes.</summary>
    public required uint BlockSize { get; init; }

    /// <summary>Checksum in the file.</summary>
    public uint Checksum { get; init; }

    /// <summary>Unique id of the parent; zeros when there is none.</summary>
    public Guid ParentUniqueId { get; init; }

    /// <summary>When the parent was last changed, in seconds since 2000-01-01 UTC.</summary>
    public uint ParentTimestamp { get; init; }

    /// <summary>File name of the parent.</summary>
    public string ParentName { get; init; }

    /// <summary>Where the parent is, up to <see cref="LocatorCount"/> entries.</summary>
    public IReadOnlyList<VhdParentLocator> Locators { get; init; }

    /// <summary>Size of a block's sector bitmap in bytes, padded to sectors.</summary>
    public int BitmapSize => (int)(((((BlockSize / VhdFooter.SectorSize) + 7) / 8) + VhdFooter.SectorSize - 1) / VhdFooter.SectorSize * VhdFooter.SectorSize);

    /// <summary>True if the bytes start as a dynamic header does.</summary>
    public static bool HasCookie(ReadOnlySpan<byte> source) => source.StartsWith(Cookie);

    /// <summary>Reads a header; <see cref="Validate"/> checks it.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdDynamicHeader Read(ReadOnlySpan<byte> source)
    {
        var locators = new VhdParentLocator[LocatorCount];
        for (int i = 0; i < LocatorCount; i++)
        {
            locators[i] = VhdParentLocator.Read(source[(LocatorsAt + (i * VhdParentLocator.Size))..]);
        }

        string name = Encoding.BigEndianUnicode.GetString(source.Slice(ParentNameAt, ParentNameSize));
        return new VhdDynamicHeader
        {
            TableOffset = BinaryPrimitives.ReadUInt64BigEndian(source[TableOffsetAt..]),
            Version = BinaryPrimitives.ReadUInt32BigEndian(source[VersionAt..]),
            MaxTableEntries = BinaryPrimitives.ReadUInt32BigEndian(source[MaxTableEntriesAt..]),
            BlockSize = BinaryPrimitives.ReadUInt32BigEndian(source[BlockSizeAt..]),
            Checksum = BinaryPrimitives.ReadUInt32BigEndian(source[ChecksumAt..]),
            ParentUniqueId = new Guid(source.Slice(ParentUniqueIdAt, 16), bigEndian: true),
            ParentTimestamp = BinaryPrimitives.ReadUInt32BigEndian(source[ParentTimestampAt..]),
            ParentName = name.Contains('\0', StringComparison.Ordinal) ? name[..name.IndexOf('\0', StringComparison.Ordinal)] : name,
            Locators = locators,
        };
    }

    /// <summary>Writes the header with its checksum.</summary>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Cookie.CopyTo(target[CookieAt..]);
        BinaryPrimitives.WriteUInt64BigEndian(target[DataOffsetAt..], ulong.MaxValue);
        BinaryPrimitives.WriteUInt64BigEndian(target[TableOffsetAt..], TableOffset);
        BinaryPrimitives.WriteUInt32BigEndian(target[VersionAt..], CurrentVersion);
        BinaryPrimitives.WriteUInt32BigEndian(target[MaxTableEntriesAt..], MaxTableEntries);
        BinaryPrimitives.WriteUInt32BigEndian(target[BlockSizeAt..], BlockSize);
        ParentUniqueId.TryWriteBytes(target[ParentUniqueIdAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(target[ParentTimestampAt..], ParentTimestamp);
        Encoding.BigEndianUnicode.GetBytes(ParentName ?? string.Empty, target.Slice(ParentNameAt, ParentNameSize));
        for (int i = 0; i < (Locators?.Count ?? 0); i++)
        {
            Locators![i].Write(target[(LocatorsAt + (i * VhdParentLocator.Size))..]);
        }

        BinaryPrimitives.WriteUInt32BigEndian(target[ChecksumAt..], VhdChecksum.Compute(target[..Size], ChecksumAt));
    }

    /// <summary>Refuses a header that makes no sense; the checksum is tested apart.</summary>
    /// <param name="offset">Offset of the header in the file, in bytes.</param>
    /// <param name="diskLength">Size of the disk in bytes.</param>
    /// <param name="fileLength">Size of the file in bytes.</param>
    /// <param name="path">Path for the error.</param>
    /// <exception cref="InvalidFormatException">A field is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">The version is not known.</exception>
    public void Validate(long offset, long diskLength, long fileLength, string? path)
    {
        if (Version != CurrentVersion)
        {
            throw VhdErrors.Unsupported(path, FormattableString.Invariant($"its dynamic header has version 0x{Version:X8}, 0x{CurrentVersion:X8} is known"));
        }

        if (!BitOperations.IsPow2(BlockSize) || BlockSize < VhdFooter.SectorSize)
        {
            throw VhdErrors.Invalid("dynamic disk header", offset, FormattableString.Invariant($"the block size of {BlockSize} bytes is not a power of two of at least 512"), path);
        }

        long needed = (diskLength + BlockSize - 1) / BlockSize;
        if (MaxTableEntries < needed)
        {
            throw VhdErrors.Invalid(
                "dynamic disk header", offset, FormattableString.Invariant($"{MaxTableEntries} table entries of {BlockSize} bytes cannot hold {diskLength} bytes"), path);
        }

        if (TableOffset > (ulong)fileLength || MaxTableEntries * 4L > fileLength - (long)TableOffset)
        {
            throw VhdErrors.Invalid(
                "block allocation table", (long)TableOffset, FormattableString.Invariant($"{MaxTableEntries} entries do not fit the file of {fileLength} bytes"), path);
        }
    }
}
