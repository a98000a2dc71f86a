using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Fat;

/// <summary>
/// A chain of clusters whose end is known. It keeps one cluster of each <see cref="Stride"/> and finds the others in the table, so that a file in a million
/// pieces takes no more memory than a whole one. Immutable.
/// </summary>
internal sealed class ClusterChain
{
    /// <summary>Clusters between two that are kept.</summary>
    public const int Stride = 1024;

    private readonly uint[] marks; // empty for contiguous clusters

    /// <summary>Initialises a chain.</summary>
    /// <param name="first">Its first cluster.</param>
    /// <param name="count">Clusters that it has.</param>
    /// <param name="marks">Every <see cref="Stride"/>th cluster, or none if all follow each other.</param>
    public ClusterChain(uint first, long count, uint[] marks)
    {
        First = first;
        Count = count;
        this.marks = marks;
    }

    /// <summary>First cluster.</summary>
    public uint First { get; }

    /// <summary>Clusters.</summary>
    public long Count { get; }

    /// <summary>Clusters that follow each other: nothing has to be looked up.</summary>
    public static ClusterChain Contiguous(uint first, long count) => new(first, count, []);

    /// <summary>Lists clusters of the chain, those that follow each other as one.</summary>
    /// <param name="table">The table.</param>
    /// <param name="index">Number of the first one wanted, from 0.</param>
    /// <param name="count">How many; together with <paramref name="index"/> at most <see cref="Count"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async IAsyncEnumerable<ClusterRun> RunsAsync(FatTable table, long index, long count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (marks.Length == 0 || count <= 0)
        {
            if (count > 0)
            {
                yield return new ClusterRun(index, (uint)(First + index), count);
            }

            yield break;
        }

        var window = new FatWindow();
        uint cluster = marks[index / Stride];
        for (long passed = index % Stride; passed > 0; passed--)
        {
            cluster = await table.NextAsync(cluster, window, cancellationToken).ConfigureAwait(false);
        }

        long end = index + count;
        while (index < end)
        {
            var run = new ClusterRun(index, cluster, 1);
            uint last = cluster;
            while (++index < end)
            {
                cluster = await table.NextAsync(last, window, cancellationToken).ConfigureAwait(false);
                if (cluster != last + 1)
                {
                    break;
                }

                last = cluster;
                run = run with { Count = run.Count + 1 };
            }

            yield return run;
        }
    }
}
