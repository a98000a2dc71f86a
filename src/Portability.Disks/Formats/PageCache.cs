using System.Collections.Concurrent;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>
/// Pages of an image's tables, read when first needed and kept up to a bound, the oldest dropped first. Looking up a page that is
/// there takes no lock. Thread-safe; two callers that miss one page at once may both read it.
/// </summary>
/// <param name="file">The file's bytes; not owned.</param>
/// <param name="capacity">Most pages kept.</param>
internal sealed class PageCache(IBlockDevice file, int capacity)
{
    /// <summary>Size of a page in bytes; the last page of a file may be shorter.</summary>
    public const int PageSize = 65536;

    private readonly ConcurrentDictionary<long, byte[]> pages = new();
    private readonly ConcurrentQueue<long> order = new();

    /// <summary>Gets a page if it is there.</summary>
    /// <param name="number">Number of the page: its offset over <see cref="PageSize"/>.</param>
    /// <param name="page">The page; must not be changed.</param>
    public bool TryGet(long number, out byte[] page) => pages.TryGetValue(number, out page!);

    /// <summary>Gets a page, reading it if need be.</summary>
    /// <param name="number">Number of the page; it must begin inside the file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page; must not be changed.</returns>
    public ValueTask<byte[]> GetAsync(long number, CancellationToken cancellationToken) =>
        pages.TryGetValue(number, out byte[]? page) ? ValueTask.FromResult(page) : LoadAsync(number, cancellationToken);

    private async ValueTask<byte[]> LoadAsync(long number, CancellationToken cancellationToken)
    {
        long offset = number * PageSize;
        byte[] page = new byte[(int)Math.Min(PageSize, file.Length - offset)];
        await file.ReadAsync(offset, page, cancellationToken).ConfigureAwait(false);
        if (pages.TryAdd(number, page))
        {
            order.Enqueue(number);
            while (order.Count > capacity && order.TryDequeue(out long oldest))
            {
                pages.TryRemove(oldest, out _);
            }
        }

        return page;
    }
}
