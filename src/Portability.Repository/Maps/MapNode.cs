using System.Buffers.Binary;
using System.Numerics;
using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>A node of a block map as it was read. Immutable.</summary>
/// <remarks>FORMAT.md section 10: version (1), level (1), table count (2), presence bitmap (4), table, entries.</remarks>
internal sealed class MapNode
{
    /// <summary>Children of a node.</summary>
    public const int FanOut = 1 << FanOutBits;

    /// <summary>Bits of a block index that one level resolves.</summary>
    public const int FanOutBits = 5;

    /// <summary>Most levels: more than a disk of 2^63 bytes with the smallest blocks needs.</summary>
    public const int MaximumLevels = 11;

    /// <summary>Version that is written.</summary>
    public const byte Version = 1;

    /// <summary>Longest node in bytes.</summary>
    public const int MaximumSize = TableAt + (FanOut * (ObjectId.Size + InnerEntrySize));

    internal const int VersionAt = 0, LevelAt = VersionAt + 1, TableCountAt = LevelAt + 1, PresenceAt = TableCountAt + 2, TableAt = PresenceAt + 4;
    internal const int LeafEntrySize = 1 + BlockId.Size;
    internal const int NodeAt = 1, OffsetAt = NodeAt + 4, LengthAt = OffsetAt + 4, HashAt = LengthAt + 4, InnerEntrySize = HashAt + Digest.Size;

    private readonly byte[] text;
    private readonly int entriesAt;
    private readonly uint presence;

    private MapNode(byte[] text, int level, uint presence, int entriesAt)
    {
        this.text = text;
        this.presence = presence;
        this.entriesAt = entriesAt;
        Level = level;
    }

    /// <summary>Distance from the leaves, which have 0.</summary>
    public int Level { get; }

    /// <summary>Bit i tells whether child i is there.</summary>
    public uint Presence => presence;

    /// <summary>Bytes in memory.</summary>
    public int Weight => text.Length + 64;

    /// <summary>Reads and checks a node.</summary>
    /// <param name="text">The node before sealing; kept.</param>
    /// <param name="level">Level it must have.</param>
    /// <param name="name">The map object, for errors.</param>
    /// <param name="offset">Where it lies, for errors.</param>
    /// <exception cref="InvalidFormatException">It breaks the format.</exception>
    public static MapNode Decode(byte[] text, int level, string name, long offset)
    {
        if (text.Length < TableAt || text[VersionAt] != Version || text[LevelAt] != level)
        {
            throw Malformed(name, offset, FormattableString.Invariant($"{text.Length} bytes do not begin with version {Version} and level {level}"));
        }

        int tableCount = BinaryPrimitives.ReadUInt16LittleEndian(text.AsSpan(TableCountAt));
        uint present = BinaryPrimitives.ReadUInt32LittleEndian(text.AsSpan(PresenceAt));
        int children = BitOperations.PopCount(present);
        int entrySize = level == 0 ? LeafEntrySize : InnerEntrySize;
        int firstEntry = TableAt + (tableCount * ObjectId.Size);
        if (children == 0 || tableCount == 0 || tableCount > children || text.Length != firstEntry + (children * entrySize))
        {
            throw Malformed(name, offset, FormattableString.Invariant($"{children} children and {tableCount} objects do not make {text.Length} bytes"));
        }

        for (int entry = 0; entry < children; entry++)
        {
            if (text[firstEntry + (entry * entrySize)] >= tableCount)
            {
                throw Malformed(name, offset, FormattableString.Invariant($"entry {entry} names object {text[firstEntry + (entry * entrySize)]} of {tableCount}"));
            }
        }

        return new MapNode(text, level, present, firstEntry);
    }

    /// <summary>Tells whether a child is there.</summary>
    public bool Has(int child) => (presence & (1u << child)) != 0;

    /// <summary>A block of a leaf; it must be there.</summary>
    public BlockLocation Block(int child)
    {
        ReadOnlySpan<byte> entry = Entry(child, LeafEntrySize);
        return new BlockLocation(BlockId.Read(entry[1..]), Object(entry[0]));
    }

    /// <summary>A child of a node above the leaves; it must be there.</summary>
    public MapNodeReference Child(int child)
    {
        ReadOnlySpan<byte> entry = Entry(child, InnerEntrySize);
        return new MapNodeReference(
            Object(entry[0]),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[NodeAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[OffsetAt..]),
            BinaryPrimitives.ReadUInt32LittleEndian(entry[LengthAt..]),
            Digest.Read(entry[HashAt..]));
    }

    private static InvalidFormatException Malformed(string name, long offset, string fact) => Damage.Malformed("map node", 10, name, offset, fact);

    private ReadOnlySpan<byte> Entry(int child, int size) =>
        text.AsSpan(entriesAt + (BitOperations.PopCount(presence & ((1u << child) - 1)) * size), size);

    private ObjectId Object(int index) => ObjectId.Read(text.AsSpan(TableAt + (index * ObjectId.Size)));
}
