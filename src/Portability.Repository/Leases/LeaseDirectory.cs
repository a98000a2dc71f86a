using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Leases;

/// <summary>Reads the leases of a store.</summary>
/// <remarks>FORMAT.md, section 13. A beat without a right, or that is none, counts as absent: the newest beat that counts is the lease.</remarks>
public static class LeaseDirectory
{
    private const int MaximumBeatSize = 1 << 20;

    /// <summary>Lists all leases by their newest beat that counts, ended ones included.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<IReadOnlyList<LeaseState>> ListAsync(OpenRepository repository, CancellationToken cancellationToken)
    {
        var beats = new Dictionary<RecordId, List<long>>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.LeasePrefix, cancellationToken).ConfigureAwait(false))
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

        var leases = new List<LeaseState>();
        foreach ((RecordId id, List<long> numbers) in beats)
        {
            foreach (long beat in numbers.OrderDescending())
            {
                if (await TryReadAsync(repository, id, beat, cancellationToken).ConfigureAwait(false) is { } state)
                {
                    leases.Add(state);
                    break;
                }
            }
        }

        return leases;
    }

    /// <summary>Reads one beat, or null if there is none that counts.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="beat">The beat, from 0.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<LeaseState?> TryReadAsync(OpenRepository repository, RecordId lease, long beat, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.Lease(lease, beat);
        try
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumBeatSize, cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                return null;
            }

            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            LeaseState state = LeaseState.Read(record, repository.Id, lease, beat);
            return IsCounting(repository, record) ? state : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // what is no beat counts as absent; checks report it
        }
    }

    private static bool IsCounting(OpenRepository repository, SignedRecord record) =>
        (repository.Trust.HasAnyRight(record.Signer) && record.IsSignedBy(repository.Trust.FindSigner(record.Signer)!.Key))
        || (repository.Instance is { } instance && record.IsSignedBy(instance.ReceiptKey));
}
