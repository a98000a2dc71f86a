using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Fat;

/// <summary>Content of a file whose clusters are known. Immutable.</summary>
/// <param name="Length">Length in bytes.</param>
/// <param name="ValidLength">Bytes from the start that were written; those behind read as zeros.</param>
/// <param name="Chain">Its clusters, enough for the length; null for an empty file.</param>
internal sealed record ClusterStream(long Length, long ValidLength, ClusterChain? Chain)
{
    /// <summary>Content without a byte.</summary>
    public static ClusterStream Empty { get; } = new(0, 0, null);

    /// <summary>Reads bytes; short only at the end.</summary>
    /// <param name="reader">The volume.</param>
    /// <param name="table">Its table.</param>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="buffer">Buffer to fill.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Bytes read.</returns>
    public async ValueTask<int> ReadAsync(FatReader reader, FatTable table, long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (offset >= Length || buffer.IsEmpty || Chain is null)
        {
            return 0;
        }

        FatGeometry geometry = table.Geometry;
        int count = (int)Math.Min(buffer.Length, Length - offset);
        int stored = (int)Math.Clamp(ValidLength - offset, 0, count);
        buffer.Span[stored..count].Clear();
        int done = 0;
        if (stored > 0)
        {
            long first = offset / geometry.ClusterSize;
            long clusters = geometry.ClustersFor(offset + stored) - first;
            await foreach (ClusterRun run in Chain.RunsAsync(table, first, clusters, cancellationToken).ConfigureAwait(false))
            {
                long skip = offset + done - (run.Index * geometry.ClusterSize);
                int part = (int)Math.Min((run.Count * geometry.ClusterSize) - skip, stored - done);
                await reader.ReadContentAsync(geometry.OffsetOf(run.Cluster) + skip, buffer.Slice(done, part), FatTable.Section, cancellationToken).ConfigureAwait(false);
                done += part;
            }
        }

        return count;
    }

    /// <summary>Lists the extents from 0 to the length.</summary>
    /// <param name="table">The table.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async IAsyncEnumerable<FileExtent> ExtentsAsync(FatTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Chain is null)
        {
            yield break;
        }

        FatGeometry geometry = table.Geometry;
        await foreach (ClusterRun run in Chain.RunsAsync(table, 0, geometry.ClustersFor(Length), cancellationToken).ConfigureAwait(false))
        {
            long offset = run.Index * geometry.ClusterSize;
            long place = geometry.OffsetOf(run.Cluster);
            long end = Math.Min(offset + (run.Count * geometry.ClusterSize), Length);
            long written = Math.Clamp(ValidLength, offset, end);
            if (written > offset)
            {
                yield return new FileExtent(offset, written - offset, FileExtentKind.Data, StoredForm.Plain, place);
            }

            if (end > written)
            {
                yield return new FileExtent(written, end - written, FileExtentKind.Unwritten, StoredForm.Plain, place + (written - offset));
            }
        }
    }
}
