using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Workloads;

/// <summary>Finds the home record of a workload that counts.</summary>
/// <remarks>FORMAT.md, section 15. A record that is damaged, or whose signer had no right to capture the workload, counts as absent.</remarks>
public static class HomeReader
{
    private const int MaximumSize = 1 << 20;

    /// <summary>Reads the newest home record.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null for a workload that has never moved: counter 0.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<HomeRecord?> TryReadNewestAsync(OpenRepository repository, Guid workload, CancellationToken cancellationToken)
    {
        var names = new List<(long Counter, BlobName Name)>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.HomePrefix(workload), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Home)
            {
                names.Add((parts.Number, entry.Name));
            }
        }

        foreach ((long counter, BlobName name) in names.OrderByDescending(item => item.Counter))
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && TryRead(repository, bytes, name, workload, counter) is { } home)
            {
                return home;
            }
        }

        return null;
    }

    private static HomeRecord? TryRead(OpenRepository repository, byte[] bytes, BlobName name, Guid workload, long counter)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            HomeRecord home = HomeRecord.Read(record, repository.Id, workload, counter);
            return repository.Trust.Counts(record, SignerRights.Capture, workload) ? home : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // checks report it
        }
    }
}
