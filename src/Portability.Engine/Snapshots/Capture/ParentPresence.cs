using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.References;

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
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static async Task<string?> FindMissingAsync(IBlobStore store, ReferenceTree references, CancellationToken cancellationToken)
    {
        string? missing = null;
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = QuestionsAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(references.EntriesAsync(0, cancellationToken), options, async (entry, token) =>
            {
                if (missing is null && !await ObjectCopies.IsThereAsync(store, entry, token).ConfigureAwait(false))
                {
                    missing = RepositoryNames.StoredObject(entry.Kind, entry.Set, entry.Id).Value;
                }
            }).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            missing = exception.TargetName ?? exception.Message; // the list of objects itself cannot be read
        }

        return missing;
    }
}
