using Portability.Disks.Blocks;
using Portability.Disks.Formats;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>Makes the change token of a disk that was captured.</summary>
internal static class ChangeTokenBuilder
{
    /// <summary>Most ranges that a token lists; beyond it they are told more coarsely.</summary>
    public const int MaximumRanges = 4096;

    private const long FirstUnit = 1L << 20;

    /// <summary>Makes the token.</summary>
    /// <param name="image">The disk.</param>
    /// <param name="layers">State of its images when they were opened.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The token, or null where the format proves nothing: the next capture scans.</returns>
    public static async Task<ChangeToken?> MakeAsync(IDiskImage image, IReadOnlyList<LayerState> layers, CancellationToken cancellationToken)
    {
        if (!layers.Any(layer => layer.IsProof))
        {
            return null;
        }

        var token = new ChangeToken { Layers = [.. layers] };
        if (image.Parent is null)
        {
            return token;
        }

        var ranges = new List<(long First, long End)>();
        long unit = FirstUnit;
        await foreach (BlockExtent extent in image.AllocatedInThisFileAsync(0, image.Length, cancellationToken).ConfigureAwait(false))
        {
            Add(ranges, extent.Offset / unit, ((extent.End - 1) / unit) + 1);
            if (ranges.Count > MaximumRanges)
            {
                unit *= 2;
                Coarsen(ranges);
            }
        }

        return token with { OwnUnit = unit, Own = [.. ranges.SelectMany(range => new[] { range.First, range.End - range.First })] };
    }

    private static void Add(List<(long First, long End)> ranges, long first, long end)
    {
        if (ranges.Count > 0 && first <= ranges[^1].End)
        {
            ranges[^1] = (ranges[^1].First, Math.Max(end, ranges[^1].End));
            return;
        }

        ranges.Add((first, end));
    }

    private static void Coarsen(List<(long First, long End)> ranges)
    {
        (long First, long End)[] fine = [.. ranges];
        ranges.Clear();
        foreach ((long first, long end) in fine)
        {
            Add(ranges, first / 2, ((end - 1) / 2) + 1);
        }
    }
}
