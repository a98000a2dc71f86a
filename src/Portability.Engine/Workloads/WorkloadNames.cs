using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Catalog;

namespace Portability.Engine.Workloads;

/// <summary>What the workloads of a repository are called, as their newest snapshots or registrations say.</summary>
internal static class WorkloadNames
{
    /// <summary>Reads the names of all workloads.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or a record is damaged.</exception>
    public static async Task<IReadOnlyDictionary<Guid, string>> ReadAsync(RepositoryConnection connection, CancellationToken cancellationToken)
    {
        var names = new Dictionary<Guid, string>();
        await foreach (RegisteredWorkload registered in new RegistrationCatalog(connection, SilentObserver.Instance).ListAsync(cancellationToken).ConfigureAwait(false))
        {
            names[registered.Id] = registered.Registration.Name;
        }

        var catalog = new SnapshotCatalog(connection, SilentObserver.Instance);
        await foreach (WorkloadListing listing in catalog.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!names.ContainsKey(listing.Workload) && await catalog.ReadNewestAsync(listing, cancellationToken).ConfigureAwait(false) is { } newest)
            {
                names[listing.Workload] = newest.Manifest.Name;
            }
        }

        return names;
    }

    /// <summary>Reads the highest number that is taken in each workload.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<IReadOnlyDictionary<Guid, long>> ReadNewestNumbersAsync(RepositoryConnection connection, CancellationToken cancellationToken)
    {
        var numbers = new Dictionary<Guid, long>();
        await foreach (WorkloadListing listing in new SnapshotCatalog(connection, SilentObserver.Instance).ListAsync(cancellationToken).ConfigureAwait(false))
        {
            numbers[listing.Workload] = listing.Highest;
        }

        return numbers;
    }
}
