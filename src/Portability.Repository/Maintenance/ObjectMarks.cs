using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Maintenance;

/// <summary>
/// A set of objects by the first eight bytes of their ids, 14 bytes of memory each at most: ten million fit into 140 MB. Two ids that begin alike are
/// taken for one, which keeps an object too long and never loses one.
/// </summary>
internal sealed class ObjectMarks
{
    private const int InitialSize = 1 << 10;

    private ulong[] table = new ulong[InitialSize];
    private bool hasZero;

    /// <summary>How many objects are in it.</summary>
    public long Count { get; private set; }

    /// <summary>Adds an object.</summary>
    public void Add(ObjectId id)
    {
        ulong key = Key(id);
        if (key == 0)
        {
            Count += hasZero ? 0 : 1;
            hasZero = true;
            return;
        }

        if (Count >= table.Length / 10 * 7)
        {
            Grow();
        }

        Count += Insert(table, key) ? 1 : 0;
    }

    /// <summary>True if the object was added.</summary>
    public bool Contains(ObjectId id)
    {
        ulong key = Key(id);
        if (key == 0)
        {
            return hasZero;
        }

        for (int slot = Slot(key, table.Length); table[slot] != 0; slot = (slot + 1) & (table.Length - 1))
        {
            if (table[slot] == key)
            {
                return true;
            }
        }

        return false;
    }

    private static ulong Key(ObjectId id)
    {
        Span<byte> bytes = stackalloc byte[ObjectId.Size];
        id.Write(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(bytes);
    }

    // Ids are random, but not those of an attacker.
    private static int Slot(ulong key, int length) => (int)((key * 0x9E3779B97F4A7C15UL) >> 32) & (length - 1);

    private static bool Insert(ulong[] into, ulong key)
    {
        int slot = Slot(key, into.Length);
        while (into[slot] != 0)
        {
            if (into[slot] == key)
            {
                return false;
            }

            slot = (slot + 1) & (into.Length - 1);
        }

        into[slot] = key;
        return true;
    }

    private void Grow()
    {
        ulong[] larger = new ulong[checked(table.Length * 2)];
        foreach (ulong key in table)
        {
            if (key != 0)
            {
                Insert(larger, key);
            }
        }

        table = larger;
    }
}
