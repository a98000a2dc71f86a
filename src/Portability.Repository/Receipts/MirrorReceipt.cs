using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Receipts;

/// <summary>A store's signed word that it holds, verified, the snapshots of a workload up to a number. Immutable.</summary>
/// <remarks>FORMAT.md, section 15.</remarks>
public sealed record MirrorReceipt
{
    private const int MaximumSize = 1 << 20;

    /// <summary>The workload.</summary>
    public required Guid Workload { get; init; }

    /// <summary>Highest number that it covers.</summary>
    public required long Number { get; init; }

    /// <summary>Identifier of the snapshot with that number.</summary>
    public required Guid Snapshot { get; init; }

    /// <summary>SHA-256 of its manifest.</summary>
    public required RecordHash Hash { get; init; }

    /// <summary>The store.</summary>
    public required Guid Instance { get; init; }

    /// <summary>When it was signed, UTC, by the store's clock.</summary>
    public required DateTime Received { get; init; }

    /// <summary>Objects that were received for it.</summary>
    public long Objects { get; init; }

    /// <summary>Bytes that were received for it.</summary>
    public long Bytes { get; init; }

    /// <summary>Reads the newest receipt of a workload that verifies, or null.</summary>
    /// <param name="repository">The mirror.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static async Task<MirrorReceipt?> TryReadNewestAsync(OpenRepository repository, Guid workload, CancellationToken cancellationToken)
    {
        if (repository.Instance is not { } instance)
        {
            return null;
        }

        var names = new List<(long Number, BlobName Name)>();
        await foreach (BlobEntry entry in repository.Store.ListAsync($"{RepositoryNames.ReceiptPrefix}{workload:D}/", cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Receipt)
            {
                names.Add((parts.Number, entry.Name));
            }
        }

        foreach ((long number, BlobName name) in names.OrderByDescending(item => item.Number))
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is not null && TryRead(bytes, name, repository.Id, workload, number, instance) is { } receipt)
            {
                return receipt;
            }
        }

        return null;
    }

    /// <summary>Signs the receipt.</summary>
    /// <param name="signer">Signs with the store's receipt key.</param>
    public SignedRecord Sign(RecordSigner signer) => signer.Sign(
        RecordKind.Receipt,
        new ReceiptBody
        {
            Workload = Workload,
            Number = Number,
            Snapshot = Snapshot,
            Hash = Hash,
            Instance = Instance,
            Received = Received,
            Objects = Objects,
            Bytes = Bytes,
        },
        ReceiptJson.Default.ReceiptBody);

    private static MirrorReceipt? TryRead(byte[] bytes, BlobName name, Guid repositoryId, Guid workload, long number, InstanceRecord instance)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            record.Require(RecordKind.Receipt, repositoryId);
            ReceiptBody body = record.ReadBody(ReceiptJson.Default.ReceiptBody);
            return body.Workload == workload && body.Number == number && body.Instance == instance.Id && record.IsSignedBy(instance.ReceiptKey)
                ? new MirrorReceipt
                {
                    Workload = body.Workload,
                    Number = body.Number,
                    Snapshot = body.Snapshot,
                    Hash = body.Hash,
                    Instance = body.Instance,
                    Received = body.Received,
                    Objects = body.Objects,
                    Bytes = body.Bytes,
                }
                : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // what does not verify is no receipt; checks report it
        }
    }
}
