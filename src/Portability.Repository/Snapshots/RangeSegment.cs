using Portability.Repository.Maps;

namespace Portability.Repository.Snapshots;

/// <summary>Neighbouring blocks that one worker copies together. One thread at a time.</summary>
internal sealed class RangeSegment
{
    private readonly TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BlockLocation?[] locations;

    public RangeSegment(long firstBlock, int capacity, Task turn)
    {
        FirstBlock = firstBlock;
        Turn = turn;
        locations = new BlockLocation?[capacity];
    }

    /// <summary>Index of the block that the buffer begins with.</summary>
    public long FirstBlock { get; }

    /// <summary>Ends when the segment before was written.</summary>
    public Task Turn { get; }

    /// <summary>Ends when this one was written.</summary>
    public Task Written => written.Task;

    /// <summary>What is stored of each block; null for zeros.</summary>
    public ReadOnlySpan<BlockLocation?> Locations => locations;

    public void Add(int index, BlockLocation location) => locations[index] = location;

    /// <summary>A block that cannot be read is left out.</summary>
    public void Remove(int index) => locations[index] = null;

    public void SetWritten() => written.SetResult();

    /// <summary>Ranges of blocks that are stored.</summary>
    public IEnumerable<(int First, int Count)> Runs()
    {
        for (int first = 0; first < locations.Length; first++)
        {
            int end = first;
            while (end < locations.Length && locations[end] is not null)
            {
                end++;
            }

            if (end > first)
            {
                yield return (first, end - first);
                first = end;
            }
        }
    }
}
