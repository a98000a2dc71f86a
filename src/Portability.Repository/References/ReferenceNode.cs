using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.References;

/// <summary>A node of a reference tree: entries at level 0, places of nodes above. Immutable.</summary>
/// <remarks>FORMAT.md section 11: level (1), zero (1), count (2), then entries or children.</remarks>
internal sealed class ReferenceNode
{
    public const int FanOut = 1 << FanOutBits;
    public const int FanOutBits = 5;
    public const int MaximumLevel = 11;
    public const int MaximumSize = ItemsAt + (FanOut * ReferenceEntry.Size);

    private const int LevelAt = 0, ZeroAt = LevelAt + 1, CountAt = ZeroAt + 1, ItemsAt = CountAt + 2;

    private ReferenceNode(int level, WrittenObject?[] entries, ReferenceNodePlace[] children)
    {
        Level = level;
        Entries = entries;
        Children = children;
    }

    public int Level { get; }

    /// <summary>Entries at level 0; null for those that were given up.</summary>
    public WrittenObject?[] Entries { get; }

    /// <summary>Nodes below at all other levels.</summary>
    public ReferenceNodePlace[] Children { get; }

    /// <summary>Entries below one node of a level.</summary>
    public static long Capacity(int level) => 1L << (FanOutBits * (level + 1));

    /// <summary>Level of the root of a tree.</summary>
    public static int LevelFor(long count)
    {
        int level = 0;
        while (Capacity(level) < count)
        {
            level++;
        }

        return level;
    }

    /// <summary>Items that a node holds: those of all but the last node of a level are full.</summary>
    public static int ItemCount(int level, long number, long count)
    {
        long below = level == 0 ? 1 : Capacity(level - 1);
        long left = count - (number * Capacity(level));
        return (int)Math.Min(FanOut, (left + below - 1) / below);
    }

    /// <summary>Reads and checks a node.</summary>
    /// <param name="source">All its bytes.</param>
    /// <param name="level">Level it must have.</param>
    /// <param name="items">Items it must have.</param>
    /// <param name="name">The object, for errors.</param>
    /// <param name="offset">Where it lies, for errors.</param>
    /// <exception cref="InvalidFormatException">It breaks the format.</exception>
    public static ReferenceNode Decode(ReadOnlySpan<byte> source, int level, int items, string name, long offset)
    {
        int size = level == 0 ? ReferenceEntry.Size : ReferenceNodePlace.Size;
        if (source.Length != ItemsAt + (items * size)
            || source[LevelAt] != level
            || source[ZeroAt] != 0
            || BinaryPrimitives.ReadUInt16LittleEndian(source[CountAt..]) != items)
        {
            throw Damage.Malformed("reference node", 11, name, offset, FormattableString.Invariant($"{source.Length} bytes are not a node of level {level} with {items} items"));
        }

        var entries = new WrittenObject?[level == 0 ? items : 0];
        var children = new ReferenceNodePlace[level == 0 ? 0 : items];
        for (int item = 0; item < items; item++)
        {
            int at = ItemsAt + (item * size);
            if (level == 0)
            {
                entries[item] = ReferenceEntry.Read(source.Slice(at, size), name, offset + at);
            }
            else
            {
                children[item] = ReferenceNodePlace.Read(source[at..]);
            }
        }

        return new ReferenceNode(level, entries, children);
    }

    /// <summary>Length in bytes of a node.</summary>
    public static int Length(int level, int items) => ItemsAt + (items * (level == 0 ? ReferenceEntry.Size : ReferenceNodePlace.Size));

    /// <summary>Writes a node of level 0.</summary>
    public static void Write(ReadOnlySpan<WrittenObject?> entries, Span<byte> target)
    {
        WriteStart(0, entries.Length, target);
        for (int item = 0; item < entries.Length; item++)
        {
            ReferenceEntry.Write(entries[item], target[(ItemsAt + (item * ReferenceEntry.Size))..]);
        }
    }

    /// <summary>Writes a node of another level.</summary>
    public static void Write(int level, ReadOnlySpan<ReferenceNodePlace> children, Span<byte> target)
    {
        WriteStart(level, children.Length, target);
        for (int item = 0; item < children.Length; item++)
        {
            children[item].Write(target[(ItemsAt + (item * ReferenceNodePlace.Size))..]);
        }
    }

    private static void WriteStart(int level, int items, Span<byte> target)
    {
        target[LevelAt] = (byte)level;
        target[ZeroAt] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(target[CountAt..], (ushort)items);
    }
}
