using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>A node of the index of a directory: the root, or an inner one. Little-endian; entries of 8 bytes, ordered by hash, the first one without.</summary>
/// <remarks>ext4 data structures, "Hash Tree Directories" (struct dx_root, dx_node, dx_entry).</remarks>
internal readonly record struct ExtIndexNode
{
    /// <summary>Levels below the root that any directory may have.</summary>
    public const int MaximumLevels = 2;

    private const int RootCountAt = 0x20, NodeCountAt = 8, EntrySize = 8;
    private const int VersionAt = 0x1C, InfoLengthAt = 0x1D, LevelsAt = 0x1E, FlagsAt = 0x1F;
    private const byte InfoLength = 8;
    private const uint BlockMask = 0x0FFFFFFF;

    private readonly byte[] block;
    private readonly int countAt;

    private ExtIndexNode(byte[] block, int countAt)
    {
        this.block = block;
        this.countAt = countAt;
    }

    /// <summary>Entries.</summary>
    public int Count => BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(countAt + 2));

    /// <summary>Hash of a root.</summary>
    public byte Version => block[VersionAt];

    /// <summary>Levels between a root and the blocks of names.</summary>
    public int Levels => block[LevelsAt];

    /// <summary>Takes the first block of a directory.</summary>
    /// <param name="block">The block; not copied.</param>
    /// <param name="maximumLevels">Most levels that the volume allows.</param>
    /// <returns>Null if it is no root, or of a kind that is not known.</returns>
    public static ExtIndexNode? TryRoot(byte[] block, int maximumLevels) =>
        BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(0x18)) == 0 && block[InfoLengthAt] == InfoLength && block[FlagsAt] == 0
        && block[VersionAt] <= ExtNameHash.MaximumVersion && block[LevelsAt] <= maximumLevels
            ? Take(block, RootCountAt)
            : null;

    /// <summary>Takes an inner node.</summary>
    /// <param name="block">The block; not copied.</param>
    /// <returns>Null if it is none.</returns>
    public static ExtIndexNode? TryInner(byte[] block) => BinaryPrimitives.ReadUInt32LittleEndian(block) == 0 ? Take(block, NodeCountAt) : null;

    /// <summary>Block of the directory that an entry leads to.</summary>
    /// <param name="entry">The entry.</param>
    public uint BlockOf(int entry) => BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(countAt + (entry * EntrySize) + 4)) & BlockMask;

    /// <summary>Hash from which on an entry leads; its lowest bit tells that the hash before it goes on there.</summary>
    /// <param name="entry">The entry, above 0.</param>
    public uint HashOf(int entry) => BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(countAt + (entry * EntrySize)));

    /// <summary>The last entry that begins at or before a hash.</summary>
    /// <param name="hash">The hash.</param>
    public int Search(uint hash)
    {
        int low = 0, high = Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = HashOf(middle) <= hash ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private static ExtIndexNode? Take(byte[] block, int countAt)
    {
        var node = new ExtIndexNode(block, countAt);
        if (node.Count == 0 || countAt + (node.Count * EntrySize) > block.Length || node.Count > BinaryPrimitives.ReadUInt16LittleEndian(block.AsSpan(countAt)))
        {
            return null;
        }

        for (int entry = 2; entry < node.Count; entry++)
        {
            if (node.HashOf(entry) < node.HashOf(entry - 1))
            {
                return null; // not in order: a search would miss names
            }
        }

        return node;
    }
}
