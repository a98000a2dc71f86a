using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maintenance;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>Looks whether the store still has every object that a snapshot refers to. Asks for lengths only; costs one question an object.</summary>
internal static class ParentPresence
{
    private const int QuestionsAtOnce = 8;

    /// <summary>Finds an object that is not there.</summary>
    /// <param name="store">The store itself, no cache.</param>
    /// <param name="references">The objects of the snapshot.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Its name, or null if all are there.</returns>
    /// <exception cref="PortabilityException">The store cannot be read, or the list of objects itself is damaged or gone.</exception>
    public static async Task<string?> FindMissingAsync(IBlobStore store, FollowedTree references, CancellationToken cancellationToken)
    {
        string? missing = null;
        var options = new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(references.ObjectsAsync(cancellationToken), options, async (entry, token) =>
        {
            if (missing is null && !await ObjectCopies.IsThereAsync(store, entry, token).ConfigureAwait(false))
            {
                missing = RepositoryNames.StoredObject(entry.Kind, entry.Set, entry.Id).Value;
            }
        }).ConfigureAwait(false);
        return missing;
    }
}
