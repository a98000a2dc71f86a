using System.Numerics;
using Portability.Core.Binary;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>Header of a hosted sparse extent; in a stream also its footer.</summary>
/// <remarks>VMware Virtual Disk Format 5.0, "Hosted Sparse Extent Header". One sector, little-endian, all places in sectors of 512 bytes.</remarks>
internal readonly record struct VmdkSparseHeader
{
    /// <summary>Size in bytes.</summary>
    public const int Size = 512;

    /// <summary>Bytes of a sector; the format has no other.</summary>
    public const int SectorSize = 512;

    /// <summary>The magic number, `KDMV` as bytes.</summary>
    public const uint ExpectedMagic = 0x564D444B;

    /// <summary>In place of the grain directory's sector: the footer says it.</summary>
    public const ulong DirectoryAtEnd = ulong.MaxValue;

    /// <summary>Larger grains are refused: they are decoded whole, and VMware's are 64 KiB.</summary>
    public const int MaximumGrainSize = 8 << 20;

    /// <summary>Most entries of a grain table: QEMU's limit and VMware's only value.</summary>
    public const int MaximumTableEntries = 512;

    /// <summary>Most entries of a grain directory, kept in memory: 128 TiB in grains of 64 KiB.</summary>
    public const long MaximumDirectoryEntries = 4 << 20;

    private const uint NewlineTestFlag = 1 << 0;
    private const uint RedundantFlag = 1 << 1;
    private const uint ZeroGrainFlag = 1 << 2;
    private const uint CompressedFlag = 1 << 16;
    private const uint MarkersFlag = 1 << 17;
    private const uint NewlineTest = 0x0A0D200A;
    private const ushort Deflate = 1;
    private const uint MaximumVersion = 3;

    /// <summary>Version, 1 to 3.</summary>
    public uint Version { get; private init; }

    /// <summary>Flag bits.</summary>
    public uint Flags { get; private init; }

    /// <summary>Size of the extent in sectors.</summary>
    public ulong Capacity { get; private init; }

    /// <summary>Size of a grain in sectors.</summary>
    public ulong GrainSectors { get; private init; }

    /// <summary>First sector of the embedded descriptor, or 0.</summary>
    public ulong DescriptorSector { get; private init; }

    /// <summary>Size of the embedded descriptor in sectors.</summary>
    public ulong DescriptorSectors { get; private init; }

    /// <summary>Entries of a grain table.</summary>
    public uint TableEntries { get; private init; }

    /// <summary>First sector of the redundant grain directory.</summary>
    public ulong RedundantDirectorySector { get; private init; }

    /// <summary>First sector of the grain directory, or <see cref="DirectoryAtEnd"/>.</summary>
    public ulong DirectorySector { get; private init; }

    /// <summary>Bytes that a transfer as text would have changed.</summary>
    public uint NewlineBytes { get; private init; }

    /// <summary>0 for none, 1 for deflate.</summary>
    public ushort CompressAlgorithm { get; private init; }

    /// <summary>True if the redundant directory is there.</summary>
    public bool HasRedundantDirectory => (Flags & RedundantFlag) != 0;

    /// <summary>True if an entry of 1 marks a grain of zeros.</summary>
    public bool HasZeroGrains => (Flags & ZeroGrainFlag) != 0;

    /// <summary>True if grains are compressed.</summary>
    public bool IsCompressed => (Flags & CompressedFlag) != 0;

    /// <summary>True if a marker goes before each compressed grain.</summary>
    public bool HasMarkers => (Flags & MarkersFlag) != 0;

    /// <summary>Size of a grain in bytes.</summary>
    public int GrainSize => (int)GrainSectors * SectorSize;

    /// <summary>Bytes that one grain table describes.</summary>
    public long TableCoverage => (long)TableEntries * GrainSize;

    /// <summary>Entries of the grain directory.</summary>
    public int DirectoryEntries => (int)(((Capacity * SectorSize) + (ulong)TableCoverage - 1) / (ulong)TableCoverage);

    /// <summary>Reads a header.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static VmdkSparseHeader Read(ReadOnlySpan<byte> source)
    {
        var reader = new SpanReader(source, VmdkFormat.FormatName, "sparse extent header");
        reader.Skip(4);
        var header = new VmdkSparseHeader
        {
            Version = reader.ReadUInt32LittleEndian(),
            Flags = reader.ReadUInt32LittleEndian(),
            Capacity = reader.ReadUInt64LittleEndian(),
            GrainSectors = reader.ReadUInt64LittleEndian(),
            DescriptorSector = reader.ReadUInt64LittleEndian(),
            DescriptorSectors = reader.ReadUInt64LittleEndian(),
            TableEntries = reader.ReadUInt32LittleEndian(),
            RedundantDirectorySector = reader.ReadUInt64LittleEndian(),
            DirectorySector = reader.ReadUInt64LittleEndian(),
        };
        reader.Skip(8 + 1);
        return header with { NewlineBytes = reader.ReadUInt32LittleEndian(), CompressAlgorithm = reader.ReadUInt16LittleEndian() };
    }

    /// <summary>Checks that the numbers make sense.</summary>
    /// <param name="offset">Where the header is, in bytes.</param>
    /// <param name="target">The file, for errors.</param>
    /// <exception cref="InvalidFormatException">They do not.</exception>
    /// <exception cref="UnsupportedFeatureException">The version or the compression is not known.</exception>
    public void Validate(long offset, string target)
    {
        if (Version is 0 or > MaximumVersion)
        {
            throw VmdkErrors.Unsupported(
                "VmdkVersion", target, FormattableString.Invariant($"it has version {Version} of the format, 1 to {MaximumVersion} are known"), $"Convert it with: qemu-img convert -O vmdk '{target}' new.vmdk");
        }

        if (CompressAlgorithm > Deflate || (IsCompressed && CompressAlgorithm != Deflate))
        {
            throw VmdkErrors.Unsupported(
                "VmdkCompression", target, FormattableString.Invariant($"its grains are compressed by method {CompressAlgorithm}, 1 (deflate) is known"), $"Convert it with: qemu-img convert -O vmdk '{target}' new.vmdk");
        }

        string? fact =
            (Flags & NewlineTestFlag) != 0 && NewlineBytes != NewlineTest
                ? FormattableString.Invariant($"the line ends 0x{NewlineBytes:X8} show that the file was copied as text")
            : !BitOperations.IsPow2(GrainSectors) || GrainSectors > MaximumGrainSize / SectorSize
                ? FormattableString.Invariant($"grains of {GrainSectors} sectors; powers of two up to {MaximumGrainSize / SectorSize} are accepted")
            : TableEntries is 0 or > MaximumTableEntries
                ? FormattableString.Invariant($"grain tables of {TableEntries} entries; at most {MaximumTableEntries} are accepted")
            : Capacity > (ulong)MaximumDirectoryEntries * TableEntries * GrainSectors
                ? FormattableString.Invariant($"a capacity of {Capacity} sectors needs more than {MaximumDirectoryEntries} grain tables")
            : null;
        if (fact is not null)
        {
            throw VmdkErrors.Invalid("sparse extent header", offset, fact, target);
        }
    }
}
