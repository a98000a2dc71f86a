using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>Identity of one store of a repository: an id and the public half of its receipt key. Immutable.</summary>
/// <remarks>FORMAT.md, section 15; `receipts/instance`.</remarks>
public sealed class InstanceRecord
{
    private const int MaximumSize = 64 << 10;
    private const string HowToBringBack =
        "Run Connect-WorkloadRepository with a key on a machine that has used this store before: it puts the record again. Where there is none, remove the file receipts/instance and connect: the store is a new one then.";

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
                HowToBringBack,
                record.Name);
    }

    /// <summary>Reads the identity of a store, or null if it has none yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">`InstanceDamaged`.</exception>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static async Task<InstanceRecord?> TryReadAsync(IBlobStore store, Guid repositoryId, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await store.TryReadAllAsync(RepositoryNames.Instance, MaximumSize, cancellationToken).ConfigureAwait(false);
            return bytes is null ? null : Parse(SignedRecord.Parse(bytes, RepositoryNames.Instance.Value), repositoryId);
        }
        catch (PortabilityException exception) when (exception is not StorageException)
        {
            throw new IntegrityException(
                "InstanceDamaged",
                $"Failed to read the identity of '{store.Location}': {exception.Message}",
                HowToBringBack,
                RepositoryNames.Instance.Value,
                offset: exception is InvalidFormatException format ? format.Offset : -1,
                innerException: exception);
        }
    }

    /// <summary>
    /// Reads the identity of a store. One that is damaged or gone is put again, the same bytes, where this member saw it before; a store that has
    /// none is given one, and of several that do so at once one wins.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="state">Where a new receipt key is kept, before the record is put, and what was seen at the place.</param>
    /// <param name="random">Where identifiers come from.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">`InstanceDamaged`: and this member has not seen it.</exception>
    /// <exception cref="PortabilityException">The state or the store cannot be read or written.</exception>
    public static async Task<InstanceRecord> EnsureAsync(
        IBlobStore store, Guid repositoryId, MemberState state, RandomSource random, CancellationToken cancellationToken)
    {
        InstanceRecord? kept = state.TryReadInstance(store.Location, repositoryId);
        try
        {
            if (await TryReadAsync(store, repositoryId, cancellationToken).ConfigureAwait(false) is { } known)
            {
                return known;
            }
        }
        catch (IntegrityException) when (kept is not null)
        {
            await store.DeleteAsync(RepositoryNames.Instance, cancellationToken).ConfigureAwait(false);
        }

        if (kept is not null)
        {
            await store.PutIfAbsentAsync(RepositoryNames.Instance, kept.Record.Bytes, cancellationToken).ConfigureAwait(false);
            return await TryReadAsync(store, repositoryId, cancellationToken).ConfigureAwait(false) ?? throw Vanished(store.Location);
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
