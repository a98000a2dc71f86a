using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Snapshots;

/// <summary>What a capture has stored of one set so far, so that equal blocks are stored once whichever thread meets them. Thread-safe.</summary>
internal sealed class CaptureIndex
{
    private readonly Lock gate = new();
    private readonly Dictionary<BlockId, ObjectId> stored = [];
    private readonly Dictionary<BlockId, TaskCompletionSource<ObjectId>> claimed = [];

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
            if (stored.TryGetValue(id, out pack))
            {
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

    /// <summary>Says where blocks lie that were claimed.</summary>
    public void Publish(ReadOnlySpan<BlockId> ids, FramePlace place)
    {
        foreach (BlockId id in ids)
        {
            TaskCompletionSource<ObjectId>? source;
            lock (gate)
            {
                claimed.Remove(id, out source);
                stored.Add(id, place.Pack);
            }

            source?.SetResult(place.Pack);
        }
    }

    /// <summary>Says that blocks lie in a pack of an earlier capture after all.</summary>
    public void Publish(BlockId id, ObjectId pack) => Publish([id], new FramePlace(pack, 0, 0));

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
}
