using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>Identity of one store of a repository: an id and the public half of its receipt key. Immutable.</summary>
/// <remarks>FORMAT.md, section 15; `receipts/instance`.</remarks>
public sealed class InstanceRecord
{
    private const int MaximumSize = 64 << 10;

    private InstanceRecord(Guid id, VerificationKey receiptKey, SignedRecord record)
    {
        Id = id;
        ReceiptKey = receiptKey;
        Record = record;
    }

    /// <summary>Identifier of this store alone.</summary>
    public Guid Id { get; }

    /// <summary>Public half of the key that signs receipts and tombstones of this store alone.</summary>
    public VerificationKey ReceiptKey { get; }

    /// <summary>The record as stored.</summary>
    public SignedRecord Record { get; }

    /// <summary>Signs the identity of a new store.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="id">Identifier of the store.</param>
    /// <param name="receiptKey">The store's receipt key; stays the caller's.</param>
    /// <param name="random">Where the record's id comes from.</param>
    public static InstanceRecord Create(Guid repositoryId, Guid id, SigningKey receiptKey, RandomSource random)
    {
        var body = new InstanceBody { Instance = id, Key = receiptKey.PublicKey.SubjectPublicKeyInfo.ToArray() };
        SignedRecord record = new RecordSigner(repositoryId, receiptKey, random).Sign(RecordKind.Instance, body, RepositoryJson.Default.InstanceBody);
        return Parse(record, repositoryId);
    }

    /// <summary>Checks a record: form, repository, signature by the key it names.</summary>
    /// <param name="record">The record.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <exception cref="PortabilityException">The record is not one of this repository, or its signature is wrong.</exception>
    public static InstanceRecord Parse(SignedRecord record, Guid repositoryId)
    {
        record.Require(RecordKind.Instance, repositoryId);
        InstanceBody body = record.ReadBody(RepositoryJson.Default.InstanceBody);
        VerificationKey key = VerificationKey.Read(body.Key);
        return body.Instance != Guid.Empty && record.IsSignedBy(key)
            ? new InstanceRecord(body.Instance, key, record)
            : throw new IntegrityException(
                "RecordDamaged",
                $"Failed to verify '{record.Name}': it names no store, or its signature is not of the key it names.",
                "Run Test-WorkloadRepository; the store's identity cannot be brought back from a mirror.",
                record.Name);
    }

    /// <summary>Reads the identity of a store, or null if it has none yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">As <see cref="Parse"/>, or the store cannot be read.</exception>
    public static async Task<InstanceRecord?> TryReadAsync(IBlobStore store, Guid repositoryId, CancellationToken cancellationToken)
    {
        byte[]? bytes = await store.TryReadAllAsync(RepositoryNames.Instance, MaximumSize, cancellationToken).ConfigureAwait(false);
        return bytes is null ? null : Parse(SignedRecord.Parse(bytes, RepositoryNames.Instance.Value), repositoryId);
    }

    /// <summary>Reads the identity of a store, and gives it one if it has none; of several that do so at once one wins.</summary>
    /// <param name="store">The store.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="state">Where a new receipt key is kept, before the record is put.</param>
    /// <param name="random">Where identifiers come from.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">As <see cref="TryReadAsync"/>, or the state or the store cannot be written.</exception>
    public static async Task<InstanceRecord> EnsureAsync(
        IBlobStore store, Guid repositoryId, MemberState state, RandomSource random, CancellationToken cancellationToken)
    {
        if (await TryReadAsync(store, repositoryId, cancellationToken).ConfigureAwait(false) is { } known)
        {
            return known;
        }

        Guid id = random.NextGuid();
        using SigningKey key = state.GetOrCreateReceiptKey(id);
        InstanceRecord made = Create(repositoryId, id, key, random);
        if (await store.PutIfAbsentAsync(RepositoryNames.Instance, made.Record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Created)
        {
            return made;
        }

        InstanceRecord other = await TryReadAsync(store, repositoryId, cancellationToken).ConfigureAwait(false) ?? throw Vanished(store.Location);
        if (other.Id != id)
        {
            state.ForgetReceiptKey(id);
        }

        return other;
    }

    private static RepositoryException Vanished(string place) => new(
        "InstanceVanished",
        ErrorKind.Integrity,
        $"Failed to read the identity of '{place}': it was there a moment ago and is gone.",
        "Find out who deletes objects of this store, then run Test-WorkloadRepository.",
        place);
}
