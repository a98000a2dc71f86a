using System.Buffers.Binary;
using System.Text;

namespace Portability.Disks.Formats.Vhd;

/// <summary>VHD hard disk footer: the last 512 bytes of every VHD, and a copy at the start of all but fixed ones.</summary>
/// <remarks>Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format". Big-endian.</remarks>
internal readonly record struct VhdFooter
{
    /// <summary>Size of the structure in bytes.</summary>
    public const int Size = 512;

    /// <summary>Sector size of every VHD in bytes.</summary>
    public const int SectorSize = 512;

    /// <summary>Offset of the checksum.</summary>
    public const int ChecksumAt = DiskTypeAt + 4;

    /// <summary>Largest disk in bytes: what Hyper-V accepts, 2040 GiB.</summary>
    public const long MaximumLength = 2040L << 30;

    /// <summary>The only version there is.</summary>
    public const uint CurrentVersion = 0x00010000;

    private const int CookieAt = 0;
    private const int FeaturesAt = CookieAt + 8;
    private const int VersionAt = FeaturesAt + 4;
    private const int DataOffsetAt = VersionAt + 4;
    private const int TimestampAt = DataOffsetAt + 8;
    private const int CreatorApplicationAt = TimestampAt + 4;
    private const int CreatorVersionAt = CreatorApplicationAt + 4;
    private const int CreatorHostAt = CreatorVersionAt + 4;
    private const int OriginalSizeAt = CreatorHostAt + 4;
    private const int CurrentSizeAt = OriginalSizeAt + 8;
    private const int CylindersAt = CurrentSizeAt + 8;
    private const int HeadsAt = CylindersAt + 2;
    private const int SectorsPerTrackAt = HeadsAt + 1;
    private const int DiskTypeAt = SectorsPerTrackAt + 1;
    private const int UniqueIdAt = ChecksumAt + 4;

    private const uint ReservedFeature = 2; // "Must always be set."
    private const ulong NoDataOffset = ulong.MaxValue;

    // Hyper-V's creator: QEMU then goes by the size, not by the geometry.
    private const uint HyperVVersion = 0x000A0000;

    /// <summary>Start of every footer.</summary>
    public static ReadOnlySpan<byte> Cookie => "conectix"u8;

    /// <summary>Format version.</summary>
    public required uint Version { get; init; }

    /// <summary>Offset of the dynamic header in bytes; all ones for a fixed disk.</summary>
    public required ulong DataOffset { get; init; }

    /// <summary>Seconds since 2000-01-01 UTC.</summary>
    public required uint Timestamp { get; init; }

    /// <summary>Program that made the file, four characters.</summary>
    public required string Creator { get; init; }

    /// <summary>Size of the disk in bytes.</summary>
    public required ulong CurrentSize { get; init; }

    /// <summary>Variant.</summary>
    public required VhdDiskType DiskType { get; init; }

    /// <summary>Checksum in the file.</summary>
    public uint Checksum { get; init; }

    /// <summary>Id of the disk.</summary>
    public required Guid UniqueId { get; init; }

    /// <summary>Timestamp as a time.</summary>
    public DateTimeOffset Time => VhdTime.ToTime(Timestamp);

    /// <summary>Makes the footer of a new disk.</summary>
    /// <param name="options">The disk.</param>
    /// <param name="length">Size in bytes.</param>
    /// <param name="type">Fixed or dynamic.</param>
    public static VhdFooter Create(DiskCreateOptions options, long length, VhdDiskType type) => new()
    {
        Version = CurrentVersion,
        DataOffset = type == VhdDiskType.Fixed ? NoDataOffset : Size,
        Timestamp = VhdTime.FromTime(options.Created),
        Creator = "win ",
        CurrentSize = (ulong)length,
        DiskType = type,
        UniqueId = options.DiskId ?? DerivedId.Make(options.UniqueId, "VHD unique id"),
    };

    /// <summary>Reads a footer; <see cref="Validate"/> checks it.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VhdFooter Read(ReadOnlySpan<byte> source) => new()
    {
        Version = BinaryPrimitives.ReadUInt32BigEndian(source[VersionAt..]),
        DataOffset = BinaryPrimitives.ReadUInt64BigEndian(source[DataOffsetAt..]),
        Timestamp = BinaryPrimitives.ReadUInt32BigEndian(source[TimestampAt..]),
        Creator = Encoding.Latin1.GetString(source.Slice(CreatorApplicationAt, 4)),
        CurrentSize = BinaryPrimitives.ReadUInt64BigEndian(source[CurrentSizeAt..]),
        DiskType = (VhdDiskType)BinaryPrimitives.ReadUInt32BigEndian(source[DiskTypeAt..]),
        Checksum = BinaryPrimitives.ReadUInt32BigEndian(source[ChecksumAt..]),
        UniqueId = new Guid(source.Slice(UniqueIdAt, 16), bigEndian: true),
    };

    /// <summary>Writes the footer with its checksum.</summary>
    /// <param name="target"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        target[..Size].Clear();
        Cookie.CopyTo(target[CookieAt..]);
        BinaryPrimitives.WriteUInt32BigEndian(target[FeaturesAt..], ReservedFeature);
        BinaryPrimitives.WriteUInt32BigEndian(target[VersionAt..], Version);
        BinaryPrimitives.WriteUInt64BigEndian(target[DataOffsetAt..], DataOffset);
        BinaryPrimitives.WriteUInt32BigEndian(target[TimestampAt..], Timestamp);
        Encoding.Latin1.GetBytes(Creator, target[CreatorApplicationAt..]);
        BinaryPrimitives.WriteUInt32BigEndian(target[CreatorVersionAt..], HyperVVersion);
        "Wi2k"u8.CopyTo(target[CreatorHostAt..]);
        BinaryPrimitives.WriteUInt64BigEndian(target[OriginalSizeAt..], CurrentSize);
        BinaryPrimitives.WriteUInt64BigEndian(target[CurrentSizeAt..], CurrentSize);
        VhdGeometry geometry = VhdGeometry.For((long)CurrentSize);
        BinaryPrimitives.WriteUInt16BigEndian(target[CylindersAt..], geometry.Cylinders);
        target[HeadsAt] = geometry.Heads;
        target[SectorsPerTrackAt] = geometry.SectorsPerTrack;
        BinaryPrimitives.WriteUInt32BigEndian(target[DiskTypeAt..], (uint)DiskType);
        UniqueId.TryWriteBytes(target[UniqueIdAt..], bigEndian: true, out _);
        BinaryPrimitives.WriteUInt32BigEndian(target[ChecksumAt..], VhdChecksum.Compute(target[..Size], ChecksumAt));
    }

    /// <summary>Refuses a footer that makes no sense; the checksum is tested apart.</summary>
    /// <param name="offset">Offset of the footer in the file, in bytes.</param>
    /// <param name="path">Path for the error.</param>
    /// <exception cref="InvalidFormatException">A field is wrong.</exception>
    /// <exception cref="UnsupportedFeatureException">A version or type is not known.</exception>
    public void Validate(long offset, string? path)
    {
        if (Version != CurrentVersion)
        {
            throw VhdErrors.Unsupported(path, FormattableString.Invariant($"its version is 0x{Version:X8}, 0x{CurrentVersion:X8} is known"));
        }

        if (DiskType is not (VhdDiskType.Fixed or VhdDiskType.Dynamic or VhdDiskType.Differencing))
        {
            throw VhdErrors.Unsupported(path, FormattableString.Invariant($"its disk type is {(uint)DiskType}; 2, 3 and 4 are known"));
        }

        if (CurrentSize == 0 || CurrentSize > MaximumLength || CurrentSize % SectorSize != 0)
        {
            throw VhdErrors.Invalid(
                "footer", offset, FormattableString.Invariant($"the size of {CurrentSize} bytes is not a multiple of 512 up to {MaximumLength}"), path);
        }
    }
}
