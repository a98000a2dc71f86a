using System.Text.Json.Serialization.Metadata;
using Portability.Core.Crypto;
using Portability.Repository.Keys;

namespace Portability.Repository.Records;

/// <summary>Signs records of one repository with one key. Every call draws a new record id: what was signed once is sent again, never signed again. Thread-safe.</summary>
public sealed class RecordSigner
{
    private readonly SigningKey key;
    private readonly RandomSource random;

    /// <summary>Initialises a signer.</summary>
    /// <param name="repositoryId">Repository that the records belong to.</param>
    /// <param name="key">Stays the caller's, and must outlive this.</param>
    /// <param name="random">Where record ids come from.</param>
    public RecordSigner(Guid repositoryId, SigningKey key, RandomSource random)
    {
        RepositoryId = repositoryId;
        this.key = key;
        this.random = random;
    }

    /// <summary>Repository that the records belong to.</summary>
    public Guid RepositoryId { get; }

    /// <summary>Public half of the key.</summary>
    public VerificationKey PublicKey => key.PublicKey;

    /// <summary>Fingerprint of the key.</summary>
    public KeyFingerprint Fingerprint => key.PublicKey.Fingerprint;

    /// <summary>Signs a record whose body is readable by everyone.</summary>
    /// <typeparam name="T">Type of the body.</typeparam>
    /// <param name="kind">Kind of the record.</param>
    /// <param name="body">The body.</param>
    /// <param name="type">From a source-generated context.</param>
    public SignedRecord Sign<T>(RecordKind kind, T body, JsonTypeInfo<T> type)
        where T : class => Sign(kind, RecordJson.Write(body, type));

    /// <summary>Signs a record with a sealed part.</summary>
    /// <typeparam name="TBody">Type of the body.</typeparam>
    /// <typeparam name="TSealed">Type of the sealed part.</typeparam>
    /// <param name="kind">Kind of the record.</param>
    /// <param name="body">The body.</param>
    /// <param name="type">From a source-generated context.</param>
    /// <param name="keyring">Keys that seal; the newest epoch is used.</param>
    /// <param name="sealedBody">What only holders of a key read.</param>
    /// <param name="sealedType">From a source-generated context.</param>
    public SignedRecord Sign<TBody, TSealed>(
        RecordKind kind, TBody body, JsonTypeInfo<TBody> type, Keyring keyring, TSealed sealedBody, JsonTypeInfo<TSealed> sealedType)
        where TBody : class
        where TSealed : class => Sign(kind, RecordJson.Write(body, type), keyring, RecordJson.Write(sealedBody, sealedType));

    /// <summary>Signs a record of bytes that are JSON already.</summary>
    /// <param name="kind">Kind of the record.</param>
    /// <param name="body">JSON, at most 64 MiB.</param>
    /// <param name="keyring">Keys that seal the sealed part, or null for a record without one.</param>
    /// <param name="sealedBody">The sealed part's text, at most 64 MiB less 20 bytes.</param>
    /// <exception cref="RepositoryException">`RecordTooLarge`.</exception>
    public SignedRecord Sign(RecordKind kind, ReadOnlySpan<byte> body, Keyring? keyring = null, ReadOnlySpan<byte> sealedBody = default)
    {
        long sealedLength = keyring is null ? 0 : (long)sealedBody.Length + RecordHeader.MinimumSealedLength;
        if (Math.Max(body.Length, sealedLength) > RecordHeader.MaximumPartLength)
        {
            throw new RepositoryException(
                "RecordTooLarge",
                ErrorKind.Limit,
                FormattableString.Invariant($"Failed to write a {kind} record: it has {body.Length} and {sealedLength} bytes, each part may have {RecordHeader.MaximumPartLength}."),
                "Split the change: name fewer disks, signers or objects in one command.");
        }

        var header = new RecordHeader
        {
            Kind = kind,
            RepositoryId = RepositoryId,
            RecordId = random.NextBytes(RecordHeader.RecordIdSize),
            Signer = Fingerprint,
            BodyLength = body.Length,
            SealedLength = (int)sealedLength,
        };
        return SignedRecord.Build(header, body, sealedBody, keyring, key);
    }

    /// <summary>Signs what is no record: the trailer of a run of locations.</summary>
    internal void SignBytes(ReadOnlySpan<byte> data, Span<byte> signature) => key.Sign(data, signature);
}
