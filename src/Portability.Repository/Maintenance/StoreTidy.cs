using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>Removes what a protocol leaves behind: swept lists, ended leases, pieces of dead uploads.</summary>
/// <remarks>FORMAT.md, section 13.</remarks>
internal static class StoreTidy
{
    /// <summary>Drops lists below the highest, ascending: swept ones, and those of others of which nothing is left.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="lists">What was seen of the lists.</param>
    /// <param name="isLeft">Tells whether a copy that a list names may still be there.</param>
    /// <param name="damaged">Generations whose list is unreadable; dropped as well.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task DropListsAsync(
        OpenRepository repository, CondemnedLists lists, Func<BlobName, bool> isLeft, IReadOnlyCollection<long> damaged, CancellationToken cancellationToken)
    {
        var names = new SortedDictionary<long, List<BlobName>>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.CondemnedPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Condemned)
            {
                (names.TryGetValue(parts.Number, out List<BlobName>? known) ? known : names[parts.Number] = []).Add(entry.Name);
            }
        }

        foreach ((long generation, List<BlobName> records) in names.SkipLast(1))
        {
            CondemnedList? list = lists.Lists.FirstOrDefault(item => item.Generation == generation);
            bool headless = records[0] != RepositoryNames.Condemned(generation, 0);
            if (headless || damaged.Contains(generation) || (list is not null && (list.IsSwept || !list.Objects.Keys.Any(isLeft))))
            {
                foreach (BlobName name in records)
                {
                    await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Removes leases that have ended: beats ascending, so that the end goes last, when a holder that missed it can no longer find its own last beat.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task RemoveEndedLeasesAsync(OpenRepository repository, CancellationToken cancellationToken)
    {
        foreach (LeaseState lease in (await LeaseDirectory.ListAsync(repository, cancellationToken).ConfigureAwait(false)).Where(lease => lease.IsEnded))
        {
            var names = new List<(long Beat, BlobName Name)>();
            await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LeaseFolder(lease.Lease), cancellationToken).ConfigureAwait(false))
            {
                bool isBeat = RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Lease;
                names.Add((isBeat ? parts.Number : -1, entry.Name));
            }

            foreach ((_, BlobName name) in names.OrderBy(item => item.Beat))
            {
                await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Deletes verified records of packs that are not needed and not there.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="live">What is needed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task DropVerifiedAsync(OpenRepository repository, LiveObjects live, CancellationToken cancellationToken)
    {
        var idle = new List<BlobName>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.VerifiedPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Verified && !live.Contains(parts.ObjectId)
                && !await IsThereAsync(repository.Store, parts.ObjectId, cancellationToken).ConfigureAwait(false))
            {
                idle.Add(entry.Name);
            }
        }

        foreach (BlobName name in idle)
        {
            await repository.Store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<bool> IsThereAsync(IBlobStore store, ObjectId pack, CancellationToken cancellationToken)
    {
        foreach (BlockSet set in new[] { BlockSet.Boot, BlockSet.Data })
        {
            await foreach (BlobEntry unused in store.ListAsync(RepositoryNames.ObjectCopyPrefix(ObjectKind.Pack, set, pack), cancellationToken).ConfigureAwait(false))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Deletes pieces of uploads that stood still, or whose lease has ended.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="watch">Knows the leases and how long each piece stood still.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<long> DeleteTemporariesAsync(OpenRepository repository, LeaseWatch watch, CancellationToken cancellationToken)
    {
        var dead = new List<string>();
        await foreach (TemporaryBlob temporary in repository.Store.ListTemporariesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (watch.IsDead(temporary))
            {
                dead.Add(temporary.Name);
            }
        }

        foreach (string name in dead)
        {
            await repository.Store.DeleteTemporaryAsync(name, cancellationToken).ConfigureAwait(false);
        }

        return dead.Count;
    }
}
