using System.Runtime.CompilerServices;
using Portability.Engine.Operations;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Objects;
using Portability.Repository.References;
using Portability.Repository.Repositories;

namespace Portability.Engine.Replication;

/// <summary>
/// Reads again a part of what a mirror holds and repairs what is damaged or gone. Each sync goes on where the last one stopped, once around
/// all snapshots: so everything is read in its turn, and what one sync costs does not grow with the repository.
/// </summary>
/// <remarks>The place lies in the state directory; without it the review begins at the first snapshot.</remarks>
internal sealed class MirrorReview
{
    private const int BatchSize = 256;

    private readonly RepositoryConnection origin;
    private readonly RepositoryConnection destination;
    private readonly SnapshotTransfer transfer;
    private readonly VerificationBudget budget;
    private readonly ProgressMeter meter;

    public MirrorReview(
        RepositoryConnection origin, RepositoryConnection destination, SnapshotTransfer transfer, VerificationBudget budget, IOperationObserver observer)
    {
        this.origin = origin;
        this.destination = destination;
        this.transfer = transfer;
        this.budget = budget;
        meter = new ProgressMeter(observer, origin.Environment.Time, $"Reading '{destination.Store.Location}' again");
    }

    /// <summary>Reviews snapshots that the mirror had before this sync.</summary>
    /// <param name="snapshots">The snapshots, as the origin has them.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">Something is damaged at both sides, or a store failed.</exception>
    public async Task RunAsync(IReadOnlyList<CatalogEntry> snapshots, CancellationToken cancellationToken)
    {
        CatalogEntry[] ordered = [.. snapshots.OrderBy(entry => entry.Manifest.Workload).ThenBy(entry => entry.Manifest.Number)];
        if (ordered.Length == 0)
        {
            return;
        }

        ReviewMark mark = Read();
        int first = Math.Max(0, Array.FindIndex(ordered, entry => entry.Manifest.Snapshot == mark.Snapshot));
        long skip = ordered[first].Manifest.Snapshot == mark.Snapshot ? mark.Position : 0;
        for (int step = 0; step < ordered.Length; step++)
        {
            int index = (first + step) % ordered.Length;
            long reached = await ReviewAsync(ordered[index], Before(ordered, index), step == 0 ? skip : 0, cancellationToken).ConfigureAwait(false);
            if (reached >= 0)
            {
                Write(new ReviewMark(ordered[index].Manifest.Snapshot, reached));
                return;
            }
        }

        if (skip > 0)
        {
            // Once around: what lies in front of the place where it began.
            long reached = await ReviewAsync(ordered[first], Before(ordered, first), 0, cancellationToken, skip).ConfigureAwait(false);
            skip = reached >= 0 ? reached : skip;
        }

        Write(new ReviewMark(ordered[first].Manifest.Snapshot, skip));
    }

    private static CatalogEntry? Before(CatalogEntry[] ordered, int index) =>
        index > 0 && ordered[index - 1].Manifest.Workload == ordered[index].Manifest.Workload ? ordered[index - 1] : null;

    /// <summary>Reviews the manifest of a snapshot and the objects that the one before does not have.</summary>
    /// <returns>The position where the budget ended, or -1.</returns>
    private async Task<long> ReviewAsync(CatalogEntry entry, CatalogEntry? before, long skip, CancellationToken cancellationToken, long limit = long.MaxValue)
    {
        if (skip == 0)
        {
            await transfer.ReviewManifestAsync(entry, cancellationToken).ConfigureAwait(false);
        }

        long position = 0;
        var batch = new List<WrittenObject>(BatchSize);
        await foreach (WrittenObject item in ObjectsAsync(entry, before, cancellationToken).ConfigureAwait(false))
        {
            if (position++ < skip)
            {
                continue;
            }

            if (position > limit)
            {
                break;
            }

            if (!budget.TryTake(item.Length))
            {
                await CheckAsync(entry, batch, cancellationToken).ConfigureAwait(false);
                return position - 1;
            }

            batch.Add(item);
            if (batch.Count == BatchSize)
            {
                await CheckAsync(entry, batch, cancellationToken).ConfigureAwait(false);
                batch.Clear();
            }
        }

        await CheckAsync(entry, batch, cancellationToken).ConfigureAwait(false);
        return -1;
    }

    private async IAsyncEnumerable<WrittenObject> ObjectsAsync(
        CatalogEntry entry, CatalogEntry? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (entry.Manifest.References is not { } root || before?.Manifest.References == root)
        {
            yield break;
        }

        yield return root.Holder;
        var objects = new StoredObjects(origin.Cached);
        var tree = new ReferenceTree(objects, origin.Opened.Id, root);
        IAsyncEnumerable<WrittenObject> items = before?.Manifest.References is { } older
            ? tree.AddedSinceAsync(new ReferenceTree(objects, origin.Opened.Id, older), cancellationToken)
            : tree.EntriesAsync(0, cancellationToken);
        await foreach (WrittenObject item in items.ConfigureAwait(false))
        {
            yield return item;
        }
    }

    private Task CheckAsync(CatalogEntry entry, List<WrittenObject> batch, CancellationToken cancellationToken) =>
        transfer.ReviewObjectsAsync(entry, batch, meter.Add, cancellationToken);

    private ReviewMark Read() => destination.Opened is { State: { } state, Instance: { } instance } ? state.ReadReview(instance.Id) : default;

    private void Write(ReviewMark mark)
    {
        if (destination.Opened is { State: { } state, Instance: { } instance })
        {
            state.WriteReview(instance.Id, mark);
        }
    }
}
