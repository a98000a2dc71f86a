using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>Reads the leases of a store.</summary>
/// <remarks>FORMAT.md, section 13. A beat without a right, or that is none, counts as absent: the newest beat that counts is the lease.</remarks>
public static class LeaseDirectory
{
    internal const int MaximumBeatSize = 1 << 20;

    private const int Looks = 1000;

    /// <summary>Lists all leases by their newest beat that counts, ended ones included.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<IReadOnlyList<LeaseState>> ListAsync(OpenRepository repository, CancellationToken cancellationToken)
    {
        var leases = new List<LeaseState>();
        bool refreshed = false;
        foreach ((RecordId id, List<long> beats) in await ListBeatsAsync(repository.Store, RepositoryNames.LeasePrefix, cancellationToken).ConfigureAwait(false))
        {
            LeaseState? lease = repository.EndedLeases.Find(id, beats[^1], repository.Trust)
                ?? await NewestAsync(repository, id, beats, cancellationToken).ConfigureAwait(false);
            if (lease is null && !refreshed)
            {
                // Its holder may have been admitted after the trust chain was read here: not to wait for it would lose its objects.
                await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
                refreshed = true;
                lease = await NewestAsync(repository, id, beats, cancellationToken).ConfigureAwait(false);
            }

            if (lease is not null)
            {
                leases.Add(lease);
                repository.EndedLeases.Note(lease, repository.Trust);
            }
        }

        return leases;
    }

    /// <summary>Reads one lease by its newest beat that counts.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if it is gone or does not count.</returns>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<LeaseState?> ReadAsync(OpenRepository repository, RecordId lease, CancellationToken cancellationToken)
    {
        Dictionary<RecordId, List<long>> beats = await ListBeatsAsync(repository.Store, RepositoryNames.LeaseFolder(lease), cancellationToken).ConfigureAwait(false);
        return beats.TryGetValue(lease, out List<long>? numbers) ? await NewestAsync(repository, lease, numbers, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>Reads one beat, or null if there is none that counts.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="beat">The beat, from 0.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<LeaseState?> TryReadAsync(OpenRepository repository, RecordId lease, long beat, CancellationToken cancellationToken)
    {
        byte[]? bytes = await repository.Store.TryReadAllAsync(RepositoryNames.Lease(lease, beat), MaximumBeatSize, cancellationToken).ConfigureAwait(false);
        return bytes is null ? null : TryParse(repository, lease, beat, bytes);
    }

    /// <summary>Lists the beats of each lease, ascending.</summary>
    internal static async Task<Dictionary<RecordId, List<long>>> ListBeatsAsync(IBlobStore store, string prefix, CancellationToken cancellationToken)
    {
        var beats = new Dictionary<RecordId, List<long>>();
        await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts is { Kind: RepositoryNameKind.Lease, Id: { } id })
            {
                if (!beats.TryGetValue(id, out List<long>? known))
                {
                    beats.Add(id, known = []);
                }

                known.Add(parts.Number);
            }
        }

        return beats;
    }

    /// <summary>Tells whether a record was signed by the store itself or by anyone who has a right.</summary>
    internal static bool IsCounting(OpenRepository repository, SignedRecord record) =>
        (repository.Trust.HasAnyRight(record.Signer) && record.IsSignedBy(repository.Trust.FindSigner(record.Signer)!.Key))
        || (repository.Instance is { } instance && record.IsSignedBy(instance.ReceiptKey));

    private static async Task<LeaseState?> NewestAsync(OpenRepository repository, RecordId lease, List<long> beats, CancellationToken cancellationToken)
    {
        for (int look = 0; look < Looks; look++)
        {
            bool moved = false;
            for (int index = beats.Count - 1; index >= 0; index--)
            {
                byte[]? bytes = await repository.Store.TryReadAllAsync(RepositoryNames.Lease(lease, beats[index]), MaximumBeatSize, cancellationToken).ConfigureAwait(false);
                if (bytes is not null && TryParse(repository, lease, beats[index], bytes) is { } found)
                {
                    return found;
                }

                moved |= bytes is null;
            }

            if (!moved)
            {
                return null;
            }

            // Its holder went on, or a collector removed it, since the listing.
            Dictionary<RecordId, List<long>> again = await ListBeatsAsync(repository.Store, RepositoryNames.LeaseFolder(lease), cancellationToken).ConfigureAwait(false);
            if (!again.TryGetValue(lease, out List<long>? newer))
            {
                return null;
            }

            beats = newer;
        }

        throw LeaseErrors.Restless(lease, repository.Store.Location);
    }

    private static LeaseState? TryParse(OpenRepository repository, RecordId lease, long beat, byte[] bytes)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, RepositoryNames.Lease(lease, beat).Value);
            LeaseState state = LeaseState.Read(record, repository.Id, lease, beat);
            return IsCounting(repository, record) ? state : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // what is no beat counts as absent; checks report it
        }
    }
}
