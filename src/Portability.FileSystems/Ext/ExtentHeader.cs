using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>Head of a node of an extent tree. Little-endian, 12 bytes; entries of 12 bytes follow.</summary>
/// <remarks>ext4 data structures, "Extent Tree" (struct ext4_extent_header, ext4_extent_idx, ext4_extent).</remarks>
internal readonly record struct ExtentHeader(ushort Entries, ushort MaximumEntries, ushort Depth)
{
    /// <summary>Size of the head, and of each entry, in bytes.</summary>
    public const int Size = 12;

    /// <summary>Levels above the leaves that a tree may have.</summary>
    public const int MaximumDepth = 5;

    /// <summary>Lengths above this are of extents that were not written; 32768 is subtracted from them.</summary>
    public const int MaximumWrittenLength = 32768;

    private const ushort Magic = 0xF30A;

    /// <summary>Reads a head.</summary>
    /// <param name="node">The node.</param>
    /// <param name="fact">What is wrong with it.</param>
    public static ExtentHeader? TryRead(ReadOnlySpan<byte> node, out string fact)
    {
        var header = new ExtentHeader(
            BinaryPrimitives.ReadUInt16LittleEndian(node[2..]), BinaryPrimitives.ReadUInt16LittleEndian(node[4..]), BinaryPrimitives.ReadUInt16LittleEndian(node[6..]));
        fact = BinaryPrimitives.ReadUInt16LittleEndian(node) != Magic ? "its magic number is not 0xF30A"
            : header.MaximumEntries > (node.Length / Size) - 1 || header.Entries > header.MaximumEntries
                ? FormattableString.Invariant($"it has {header.Entries} of {header.MaximumEntries} entries in {node.Length} bytes")
            : header.Depth > MaximumDepth ? FormattableString.Invariant($"it is {header.Depth} levels above the leaves")
            : string.Empty;
        return fact.Length == 0 ? header : null;
    }

    /// <summary>First block of the file that an entry is for.</summary>
    public static uint FirstOf(ReadOnlySpan<byte> node, int entry) => BinaryPrimitives.ReadUInt32LittleEndian(node[((entry + 1) * Size)..]);

    /// <summary>Block of the node below that an entry of an inner node names.</summary>
    public static ulong ChildOf(ReadOnlySpan<byte> node, int entry)
    {
        ReadOnlySpan<byte> source = node[((entry + 1) * Size)..];
        return BinaryPrimitives.ReadUInt32LittleEndian(source[4..]) | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(source[8..]) << 32);
    }

    /// <summary>Extent of an entry of a leaf.</summary>
    public static BlockRun ExtentOf(ReadOnlySpan<byte> node, int entry)
    {
        ReadOnlySpan<byte> source = node[((entry + 1) * Size)..];
        int length = BinaryPrimitives.ReadUInt16LittleEndian(source[4..]);
        bool isUnwritten = length > MaximumWrittenLength;
        return new BlockRun(
            BinaryPrimitives.ReadUInt32LittleEndian(source),
            (ulong)(isUnwritten ? length - MaximumWrittenLength : length),
            BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) | ((ulong)BinaryPrimitives.ReadUInt16LittleEndian(source[6..]) << 32),
            isUnwritten ? FileExtentKind.Unwritten : FileExtentKind.Data);
    }
}
