using Portability.Engine.Repositories;
using Portability.Repository.Repositories;

namespace Portability.Engine.Snapshots.Catalog;

/// <summary>Compares what a store shows with the newest that this machine saw there: a store can hide what it was given, this machine does not forget it.</summary>
/// <remarks>FORMAT.md, sections 8 ("State") and 19.</remarks>
internal static class LastSeen
{
    /// <summary>Warns where a store shows less of a workload than it once did.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="listing">What it shows of the workload.</param>
    /// <param name="observer">Is warned.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public static void WarnIfRolledBack(RepositoryConnection connection, WorkloadListing listing, IOperationObserver observer)
    {
        if (connection.Opened is { State: { } state, Instance: { } instance }
            && state.ReadSeen(connection.Opened.Id, instance.Id, listing.Workload) is { } seen
            && seen.Number > listing.Highest)
        {
            observer.OnWarning(FormattableString.Invariant(
                $"'{connection.Store.Location}' shows workload {listing.Workload:D} up to snapshot {listing.Highest}, but this machine saw snapshot {seen.Number} there: an older state was put back, or snapshots were taken away. Run Test-WorkloadRepository, and bring them back from a mirror with Sync-WorkloadDelta."));
        }
    }

    /// <summary>Number of the newest snapshot of a workload that this machine saw at a store; 0 if none.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="workload">The workload.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public static long NumberOf(RepositoryConnection connection, Guid workload) =>
        connection.Opened is { State: { } state, Instance: { } instance } ? state.ReadSeen(connection.Opened.Id, instance.Id, workload)?.Number ?? 0 : 0;

    /// <summary>Notes the newest snapshot that was seen.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="newest">The snapshot, or null.</param>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public static void Note(RepositoryConnection connection, CatalogEntry? newest)
    {
        if (newest is not null && connection.Opened is { State: { } state, Instance: { } instance })
        {
            state.NoteSeen(connection.Opened.Id, instance.Id, newest.Manifest.Workload, new SeenMark(newest.Manifest.Number, newest.Record.Hash));
        }
    }
}
