using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Fat;

/// <summary>Where the records of a directory lie: in clusters, or at the fixed place of the root of FAT12 and FAT16. Immutable.</summary>
/// <param name="Length">Length in bytes.</param>
/// <param name="Chain">Its clusters; null for the fixed place.</param>
/// <param name="Offset">Offset of the fixed place in the volume, in bytes.</param>
internal sealed record DirectoryPlace(long Length, ClusterChain? Chain, long Offset = 0)
{
    private const int PieceSize = 65536;
    private const string Structure = "directory";

    /// <summary>Lists the records up to the one that ends the directory, which is left out.</summary>
    /// <param name="reader">The volume.</param>
    /// <param name="table">Its table.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async IAsyncEnumerable<DirectorySlot> ReadAsync(FatReader reader, FatTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int clusterSize = table.Geometry.ClusterSize;
        byte[] buffer = new byte[(int)Math.Min(PieceSize, Math.Min(Length, Math.Max(clusterSize, FatWindow.Size)))];
        await foreach ((long offset, long length) in PartsAsync(table, cancellationToken).ConfigureAwait(false))
        {
            for (long done = 0; done < length;)
            {
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done));
                await reader.ReadStructureAsync(offset + done, piece, Structure, DirectoryRecord.Section, cancellationToken).ConfigureAwait(false);
                for (int at = 0; at + DirectoryRecord.Size <= piece.Length; at += DirectoryRecord.Size)
                {
                    if (piece.Span[at] == DirectoryRecord.End)
                    {
                        yield break;
                    }

                    yield return new DirectorySlot(offset + done + at, piece.Slice(at, DirectoryRecord.Size));
                }

                done += piece.Length;
            }
        }
    }

    private async IAsyncEnumerable<(long Offset, long Length)> PartsAsync(FatTable table, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Chain is null)
        {
            yield return (Offset, Length);
            yield break;
        }

        FatGeometry geometry = table.Geometry;
        long left = Length;
        await foreach (ClusterRun run in Chain.RunsAsync(table, 0, geometry.ClustersFor(Length), cancellationToken).ConfigureAwait(false))
        {
            long part = Math.Min(left, run.Count * geometry.ClusterSize);
            left -= part;
            yield return (geometry.OffsetOf(run.Cluster), part);
        }
    }
}
