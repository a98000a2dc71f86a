using System.Runtime.InteropServices;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Snapshots;

/// <summary>What a capture has stored of one set and not yet put aside, so that equal blocks are stored once whichever thread meets them. Thread-safe.</summary>
internal sealed class CaptureIndex
{
    private readonly Lock gate = new();
    private readonly Dictionary<BlockId, TaskCompletionSource<ObjectId>> claimed = [];
    private readonly List<ObjectId> packs = [];
    private readonly Dictionary<ObjectId, int> numbers = [];
    private Dictionary<BlockId, Stored> stored = [];
    private Dictionary<BlockId, Stored>? taken;

    /// <summary>Blocks that are known here.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return stored.Count;
            }
        }
    }

    /// <summary>Packs in the order of their numbers.</summary>
    public ObjectId[] Packs
    {
        get
        {
            lock (gate)
            {
                return [.. packs];
            }
        }
    }

    /// <summary>Asks for a block, and claims it if nobody has.</summary>
    /// <param name="id">The block.</param>
    /// <param name="pack">Where it lies, if it is stored.</param>
    /// <param name="other">Ends with where it lies, if another one is about to store it.</param>
    /// <returns>True if it is the caller's to store now, and to publish.</returns>
    public bool TryClaim(BlockId id, out ObjectId pack, out Task<ObjectId>? other)
    {
        lock (gate)
        {
            other = null;
            pack = default;
            if (stored.TryGetValue(id, out Stored place) || (taken is not null && taken.TryGetValue(id, out place)))
            {
                pack = packs[place.Pack];
                return false;
            }

            if (claimed.TryGetValue(id, out TaskCompletionSource<ObjectId>? source))
            {
                other = source.Task;
                return false;
            }

            claimed.Add(id, new TaskCompletionSource<ObjectId>(TaskCreationOptions.RunContinuationsAsynchronously));
            return true;
        }
    }

    /// <summary>Says where blocks lie that were claimed: in the order of the frame.</summary>
    public void Publish(ReadOnlySpan<BlockId> ids, FramePlace place)
    {
        for (int block = 0; block < ids.Length; block++)
        {
            Publish(ids[block], place.Pack, (uint)place.Offset, (uint)place.Length, (ushort)block);
        }
    }

    /// <summary>Says that a block that was claimed lies in a pack already.</summary>
    public void Publish(BlockId id, ObjectId pack) => Publish(id, pack, 0, 0, 0);

    /// <summary>Takes what this capture stored, to put it aside; it is still found until <see cref="Release"/>.</summary>
    /// <returns>Ascending by block.</returns>
    public (BlockId Id, Stored Place)[] Take()
    {
        lock (gate)
        {
            taken = stored;
            stored = [];
        }

        (BlockId Id, Stored Place)[] all = [.. taken.Where(entry => entry.Value.Length > 0).Select(entry => (entry.Key, entry.Value))];
        Array.Sort(all, static (left, right) => left.Id.CompareTo(right.Id));
        return all;
    }

    /// <summary>Forgets what was taken.</summary>
    public void Release()
    {
        lock (gate)
        {
            taken = null;
        }
    }

    /// <summary>Wakes all who wait: nothing more will be stored.</summary>
    public void Fail(Exception cause)
    {
        TaskCompletionSource<ObjectId>[] waiting;
        lock (gate)
        {
            waiting = [.. claimed.Values];
        }

        foreach (TaskCompletionSource<ObjectId> source in waiting)
        {
            source.TrySetException(cause);
            _ = source.Task.Exception; // seen by whoever waits; nobody may
        }
    }

    private void Publish(BlockId id, ObjectId pack, uint offset, uint length, ushort block)
    {
        TaskCompletionSource<ObjectId>? source;
        lock (gate)
        {
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, pack, out bool exists);
            if (!exists)
            {
                number = packs.Count;
                packs.Add(pack);
            }

            claimed.Remove(id, out source);
            stored.Add(id, new Stored(number, offset, length, block));
        }

        source?.TrySetResult(pack);
    }

    /// <summary>Where a block lies; without a length it lies in a pack of an earlier capture.</summary>
    internal readonly record struct Stored(int Pack, uint Offset, uint Length, ushort Block)
    {
        public Location ToLocation(BlockId id, ObjectId[] packs) => new(id, packs[Pack], Offset, Length, Block);
    }
}
