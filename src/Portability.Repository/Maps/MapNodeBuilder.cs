using System.Buffers.Binary;
using System.Numerics;
using Portability.Repository.Objects;

namespace Portability.Repository.Maps;

/// <summary>A node of a block map that can change. One thread at a time.</summary>
/// <remarks>FORMAT.md section 10.</remarks>
internal sealed class MapNodeBuilder
{
    private readonly BlockLocation[] blocks;
    private readonly MapNodeReference[] children;

    /// <summary>Initialises an empty node.</summary>
    public MapNodeBuilder(int level)
    {
        Level = level;
        blocks = level == 0 ? new BlockLocation[MapNode.FanOut] : [];
        children = level == 0 ? [] : new MapNodeReference[MapNode.FanOut];
    }

    /// <summary>Initialises a node with what another holds.</summary>
    public MapNodeBuilder(MapNode node)
        : this(node.Level)
    {
        Presence = node.Presence;
        for (int child = 0; child < MapNode.FanOut; child++)
        {
            if (node.Has(child) && node.Level == 0)
            {
                blocks[child] = node.Block(child);
            }
            else if (node.Has(child))
            {
                children[child] = node.Child(child);
            }
        }
    }

    public int Level { get; }

    public uint Presence { get; private set; }

    public bool Has(int child) => (Presence & (1u << child)) != 0;

    public BlockLocation Block(int child) => blocks[child];

    public MapNodeReference Child(int child) => children[child];

    public void Set(int child, BlockLocation block)
    {
        blocks[child] = block;
        Presence |= 1u << child;
    }

    public void Set(int child, MapNodeReference reference)
    {
        children[child] = reference;
        Presence |= 1u << child;
    }

    public void Remove(int child) => Presence &= ~(1u << child);

    /// <summary>Writes the node, which must not be empty.</summary>
    /// <param name="target">At least <see cref="MapNode.MaximumSize"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int Encode(Span<byte> target)
    {
        Span<ObjectId> table = stackalloc ObjectId[MapNode.FanOut];
        Span<byte> indexes = stackalloc byte[MapNode.FanOut];
        int count = FillTable(table, indexes);
        target[MapNode.VersionAt] = MapNode.Version;
        target[MapNode.LevelAt] = (byte)Level;
        BinaryPrimitives.WriteUInt16LittleEndian(target[MapNode.TableCountAt..], (ushort)count);
        BinaryPrimitives.WriteUInt32LittleEndian(target[MapNode.PresenceAt..], Presence);
        int position = MapNode.TableAt;
        foreach (ObjectId id in table[..count])
        {
            id.Write(target[position..]);
            position += ObjectId.Size;
        }

        for (uint left = Presence; left != 0; left &= left - 1)
        {
            int child = BitOperations.TrailingZeroCount(left);
            target[position] = indexes[child];
            position += Level == 0 ? WriteBlock(child, target[position..]) : WriteChild(child, target[position..]);
        }

        return position;
    }

    private int FillTable(Span<ObjectId> table, Span<byte> indexes)
    {
        int count = 0;
        for (uint left = Presence; left != 0; left &= left - 1)
        {
            int child = BitOperations.TrailingZeroCount(left);
            ObjectId id = Level == 0 ? blocks[child].Pack : children[child].Map;
            int index = table[..count].IndexOf(id);
            if (index < 0)
            {
                index = count++;
                table[index] = id;
            }

            indexes[child] = (byte)index;
        }

        return count;
    }

    private int WriteBlock(int child, Span<byte> entry)
    {
        blocks[child].Id.Write(entry[1..]);
        return MapNode.LeafEntrySize;
    }

    private int WriteChild(int child, Span<byte> entry)
    {
        MapNodeReference reference = children[child];
        BinaryPrimitives.WriteUInt32LittleEndian(entry[MapNode.NodeAt..], reference.Node);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[MapNode.OffsetAt..], reference.Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[MapNode.LengthAt..], reference.Length);
        reference.Hash.Write(entry[MapNode.HashAt..]);
        return MapNode.InnerEntrySize;
    }
}
