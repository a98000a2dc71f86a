using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Engine.Replication;

/// <summary>
/// Brings tombstones of the origin to a mirror as facts: they remove nothing there. One that counts at the destination itself, and that it has
/// lost, comes back as what it was.
/// </summary>
/// <remarks>FORMAT.md, section 15.</remarks>
internal sealed class FactTransfer
{
    private readonly OpenRepository origin;
    private readonly OpenRepository destination;
    private readonly TransferTotals totals;

    public FactTransfer(RepositoryConnection origin, RepositoryConnection destination, TransferTotals totals)
    {
        this.origin = origin.Opened;
        this.destination = destination.Opened;
        this.totals = totals;
    }

    /// <summary>Sends what is missing of a workload.</summary>
    /// <param name="here">The workload at the origin.</param>
    /// <param name="there">The workload at the destination.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>True if a tombstone came back that counts at the destination.</returns>
    /// <exception cref="StorageException">A store failed.</exception>
    public async Task<bool> SendAsync(SnapshotSequence here, SnapshotSequence there, CancellationToken cancellationToken)
    {
        if (destination.Instance is not { } mirror)
        {
            return false;
        }

        bool restored = false;
        HashSet<BlobName> known = [.. there.TombstoneNames.Concat(there.FactNames).Select(NameOf)];
        foreach (RepositoryName parts in here.TombstoneNames.Concat(here.FactNames))
        {
            Guid instance = parts.Instance ?? origin.Instance?.Id ?? Guid.Empty;
            RepositoryName target = parts with { Kind = KindAt(parts.Kind, isFact: instance != mirror.Id), Instance = instance == mirror.Id ? null : instance };
            if (instance == Guid.Empty || known.Contains(NameOf(target)) || IsCovered(there, target))
            {
                continue;
            }

            byte[]? bytes = await origin.Store.TryReadAllAsync(NameOf(parts), TombstoneFacts.MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && Counts(bytes, parts, instance))
            {
                await destination.Store.PutIfAbsentAsync(NameOf(target), bytes, cancellationToken).ConfigureAwait(false);
                totals.AddBytes(bytes.Length);
                restored |= target.Instance is null;
                await DropCoveredAsync(there, target, cancellationToken).ConfigureAwait(false);
            }
        }

        return restored;
    }

    private static RepositoryNameKind KindAt(RepositoryNameKind kind, bool isFact) => kind is RepositoryNameKind.MergedTombstones or RepositoryNameKind.MergedTombstoneFact
        ? (isFact ? RepositoryNameKind.MergedTombstoneFact : RepositoryNameKind.MergedTombstones)
        : (isFact ? RepositoryNameKind.TombstoneFact : RepositoryNameKind.Tombstone);

    private static BlobName NameOf(RepositoryName parts) => parts.Kind is RepositoryNameKind.MergedTombstones or RepositoryNameKind.MergedTombstoneFact
        ? RepositoryNames.MergedTombstones(parts.Workload, parts.Number, parts.Last, parts.Instance)
        : RepositoryNames.Tombstone(parts.Workload, parts.Number, parts.Instance);

    /// <summary>A single tombstone that a merged one there covers is not sent again.</summary>
    private static bool IsCovered(SnapshotSequence there, RepositoryName target) =>
        (target.Kind == RepositoryNameKind.TombstoneFact
            && there.FactNames.Any(fact => fact.Kind == RepositoryNameKind.MergedTombstoneFact && fact.Instance == target.Instance && fact.Number <= target.Number && target.Number <= fact.Last))
        || (target.Kind == RepositoryNameKind.Tombstone && there.FindTombstone(target.Number) is not null);

    /// <summary>Once merged facts stand, single ones that they cover tell nothing more.</summary>
    private async Task DropCoveredAsync(SnapshotSequence there, RepositoryName merged, CancellationToken cancellationToken)
    {
        foreach (RepositoryName fact in there.FactNames.Where(fact => merged.Kind == RepositoryNameKind.MergedTombstoneFact
            && fact.Kind == RepositoryNameKind.TombstoneFact && fact.Instance == merged.Instance && merged.Number <= fact.Number && fact.Number <= merged.Last))
        {
            await destination.Store.DeleteAsync(NameOf(fact), cancellationToken).ConfigureAwait(false);
        }
    }

    private bool Counts(byte[] bytes, RepositoryName parts, Guid instance)
    {
        try
        {
            return TombstoneFacts.Read(SignedRecord.Parse(bytes), parts, destination.Trust, instance).Count > 0;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or UnsupportedFeatureException)
        {
            return false; // rejected before it becomes visible; Test-WorkloadRepository at the origin reports it
        }
    }
}
