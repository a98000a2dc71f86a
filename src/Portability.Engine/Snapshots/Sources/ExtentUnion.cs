namespace Portability.Engine.Snapshots.Sources;

/// <summary>A set of byte ranges: overlaps and neighbours are joined. Not thread-safe.</summary>
internal sealed class ExtentUnion
{
    private readonly List<(long Start, long End)> ranges = [];
    private bool isSorted = true;

    /// <summary>The ranges in ascending order, apart from each other.</summary>
    public IReadOnlyList<(long Start, long End)> Ranges
    {
        get
        {
            Join();
            return ranges;
        }
    }

    /// <summary>Adds a range.</summary>
    /// <param name="start">First byte.</param>
    /// <param name="end">Behind the last byte; a range without any byte is ignored.</param>
    public void Add(long start, long end)
    {
        if (end <= start)
        {
            return;
        }

        if (ranges.Count > 0 && isSorted && start >= ranges[^1].Start && start <= ranges[^1].End)
        {
            ranges[^1] = (ranges[^1].Start, Math.Max(end, ranges[^1].End));
            return;
        }

        isSorted = isSorted && (ranges.Count == 0 || start > ranges[^1].End);
        ranges.Add((start, end));
    }

    private void Join()
    {
        if (isSorted)
        {
            return;
        }

        (long Start, long End)[] all = [.. ranges.OrderBy(range => range.Start)];
        ranges.Clear();
        isSorted = true;
        foreach ((long start, long end) in all)
        {
            Add(start, end);
        }
    }
}
