using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Snapshots;

/// <summary>Reads tombstones that count at this store: made for it, by its own key or by a signer with the right to remove.</summary>
/// <remarks>FORMAT.md, section 13. What does not count removes nothing; checks report it.</remarks>
internal static class TombstoneReader
{
    private const int MaximumSize = 64 << 20;

    /// <summary>Reads one record, single or merged.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>None if it is gone or does not count.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<Tombstone[]> ReadAsync(OpenRepository repository, RepositoryName name, CancellationToken cancellationToken)
    {
        BlobName place = name.Kind == RepositoryNameKind.MergedTombstones
            ? RepositoryNames.MergedTombstones(name.Workload, name.Number, name.Last)
            : RepositoryNames.Tombstone(name.Workload, name.Number);
        byte[]? bytes = await repository.Store.TryReadAllAsync(place, MaximumSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return [];
        }

        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, place.Value);
            TombstoneBody[] bodies = name.Kind == RepositoryNameKind.MergedTombstones ? Merged(repository, record, name) : Single(repository, record, name);
            if (!Array.TrueForAll(bodies, body => IsCounting(repository, record, body)))
            {
                // Its signer may have been admitted after the trust chain was read here.
                await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
            }

            return [.. bodies.Where(body => IsCounting(repository, record, body)).Select(Tombstone.From)];
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return [];
        }
    }

    private static TombstoneBody[] Single(OpenRepository repository, SignedRecord record, RepositoryName name)
    {
        record.Require(RecordKind.Tombstone, repository.Id);
        TombstoneBody body = record.ReadBody(TombstoneJson.Default.TombstoneBody);
        return body.Workload == name.Workload && body.Number == name.Number ? [body] : [];
    }

    private static TombstoneBody[] Merged(OpenRepository repository, SignedRecord record, RepositoryName name)
    {
        record.Require(RecordKind.MergedTombstones, repository.Id);
        MergedTombstonesBody body = record.ReadBody(TombstoneJson.Default.MergedTombstonesBody);
        return body.Workload == name.Workload && body.From == name.Number && body.To == name.Last
            ? [.. body.Tombstones.Where(item => item is not null && item.Workload == name.Workload && item.Number >= body.From && item.Number <= body.To)]
            : [];
    }

    private static bool IsCounting(OpenRepository repository, SignedRecord record, TombstoneBody body) =>
        repository.Instance is { } instance
        && body.Instance == instance.Id
        && (record.IsSignedBy(instance.ReceiptKey) || repository.Trust.Counts(record, SignerRights.Remove, body.Workload, body.Number));
}
