using System.Buffers.Binary;
using System.Text.Json.Serialization.Metadata;
using Portability.Core.Crypto;
using Portability.Repository.Keys;

namespace Portability.Repository.Records;

/// <summary>
/// A small signed document: header, JSON body, sealed part, signature. Parsing checks the form only; what a record says counts after
/// <see cref="IsSignedBy"/> and after the trust chain gave its signer the right. Immutable.
/// </summary>
/// <remarks>FORMAT.md, section 5.</remarks>
public sealed class SignedRecord
{
    /// <summary>Most bytes a record can have.</summary>
    public const long MaximumSize = RecordHeader.Size + (2L * RecordHeader.MaximumPartLength) + VerificationKey.SignatureSize;

    private readonly RecordHeader header;

    private SignedRecord(ReadOnlyMemory<byte> bytes, RecordHeader header, string? name)
    {
        Bytes = bytes;
        this.header = header;
        Name = name;
        Hash = RecordHash.Of(bytes.Span);
    }

    /// <summary>All stored bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of all stored bytes.</summary>
    public RecordHash Hash { get; }

    /// <summary>Name it was read from, for errors.</summary>
    public string? Name { get; }

    /// <summary>What it is.</summary>
    public RecordKind Kind => header.Kind;

    /// <summary>Repository it belongs to.</summary>
    public Guid RepositoryId => header.RepositoryId;

    /// <summary>First half of its random id: the part that names carry.</summary>
    public RecordId Id => RecordId.FromBytes(header.RecordId.Span);

    /// <summary>Fingerprint of the key that it says it was signed with.</summary>
    public KeyFingerprint Signer => header.Signer;

    /// <summary>JSON body.</summary>
    public ReadOnlyMemory<byte> Body => Bytes.Slice(RecordHeader.Size, header.BodyLength);

    /// <summary>True if a sealed part follows the body.</summary>
    public bool HasSealedPart => header.SealedLength > 0;

    private ReadOnlySpan<byte> SealedPart => Bytes.Span.Slice(RecordHeader.Size + header.BodyLength, header.SealedLength);

    private static ReadOnlySpan<byte> SignatureContext => "WorkloadPortability record 1\0"u8;

    private static ReadOnlySpan<byte> SealInfo => "record"u8;

    /// <summary>Checks the form of a record.</summary>
    /// <param name="bytes">Exactly the stored bytes; kept, so the caller must not change them.</param>
    /// <param name="name">Name it was read from, for errors.</param>
    /// <exception cref="InvalidFormatException">Not a record.</exception>
    /// <exception cref="UnsupportedFeatureException">`FormatTooNew`.</exception>
    public static SignedRecord Parse(ReadOnlyMemory<byte> bytes, string? name = null)
    {
        RecordHeader read = RecordHeader.Read(bytes.Span, name);
        long expected = RecordHeader.Size + (long)read.BodyLength + read.SealedLength + VerificationKey.SignatureSize;
        return bytes.Length == expected
            ? new SignedRecord(bytes, read, name)
            : throw RecordHeader.Error(0, FormattableString.Invariant($"{bytes.Length} bytes, its header says {expected}"), name);
    }

    /// <summary>Checks kind and repository, which every reader must before it looks further.</summary>
    /// <param name="kind">Kind that belongs under this name.</param>
    /// <param name="repositoryId">Repository that is read.</param>
    /// <exception cref="IntegrityException">`RecordExchanged`: another kind, or of another repository.</exception>
    public void Require(RecordKind kind, Guid repositoryId)
    {
        if (Kind != kind || RepositoryId != repositoryId)
        {
            throw new IntegrityException(
                "RecordExchanged",
                $"Failed to read '{Name}': it is a {Kind} record of repository {RepositoryId}, not a {kind} record of {repositoryId}.",
                "Repair the repository from a mirror with Sync-WorkloadDelta.",
                Name);
        }
    }

    /// <summary>Tells whether this key signed the record as it stands.</summary>
    /// <param name="key">Key that the record's signer has, by another source than the record.</param>
    public bool IsSignedBy(VerificationKey key) =>
        key.Fingerprint == Signer && key.Verify(Signed(Bytes.Span[..^VerificationKey.SignatureSize]), Bytes.Span[^VerificationKey.SignatureSize..]);

    /// <summary>Reads the body.</summary>
    /// <typeparam name="T">Type of the body.</typeparam>
    /// <param name="type">From a source-generated context.</param>
    /// <exception cref="InvalidFormatException">Not a body of this type.</exception>
    public T ReadBody<T>(JsonTypeInfo<T> type)
        where T : class => RecordJson.Read(Body.Span, type, Kind + " record", Name);

    /// <summary>Opens the sealed part; the caller disposes the result.</summary>
    /// <param name="keyring">Keys of the repository.</param>
    /// <exception cref="IntegrityException">`RecordDamaged`: there is no sealed part, or it was changed.</exception>
    /// <exception cref="RepositoryException">`EpochUnknown`: it was sealed in an epoch that the keyring does not hold.</exception>
    public SecretBytes OpenSealed(Keyring keyring)
    {
        if (!HasSealedPart)
        {
            throw Damaged("it has no sealed part");
        }

        uint epoch = BinaryPrimitives.ReadUInt32LittleEndian(SealedPart);
        ReadOnlySpan<byte> sealedText = SealedPart[sizeof(uint)..];
        using AeadKey key = keyring.EpochKey(epoch, header.RecordId.Span, SealInfo);
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(sealedText.Length - AeadKey.TagSize, pinned: true);
        if (!key.TryOpen(new byte[AeadKey.NonceSize], sealedText, AssociatedData(Bytes.Span[..RecordHeader.Size], Body.Span), plaintext))
        {
            throw Damaged("its sealed part was changed");
        }

        var opened = new SecretBytes(plaintext);
        global::System.Security.Cryptography.CryptographicOperations.ZeroMemory(plaintext);
        return opened;
    }

    /// <summary>Reads a sealed part that is JSON.</summary>
    /// <typeparam name="T">Type of the sealed part.</typeparam>
    /// <param name="keyring">Keys of the repository.</param>
    /// <param name="type">From a source-generated context.</param>
    /// <exception cref="PortabilityException">As <see cref="OpenSealed"/> and <see cref="ReadBody"/>.</exception>
    public T ReadSealed<T>(Keyring keyring, JsonTypeInfo<T> type)
        where T : class
    {
        using SecretBytes opened = OpenSealed(keyring);
        return RecordJson.Read(opened.AsSpan(), type, "sealed part of " + Kind + " record", Name);
    }

    /// <summary>Builds and signs a record.</summary>
    internal static SignedRecord Build(RecordHeader header, ReadOnlySpan<byte> body, ReadOnlySpan<byte> plaintext, Keyring? keyring, SigningKey signer)
    {
        byte[] bytes = new byte[RecordHeader.Size + header.BodyLength + header.SealedLength + VerificationKey.SignatureSize];
        header.Write(bytes);
        body.CopyTo(bytes.AsSpan(RecordHeader.Size));
        if (keyring is not null)
        {
            Span<byte> sealedPart = bytes.AsSpan(RecordHeader.Size + header.BodyLength, header.SealedLength);
            BinaryPrimitives.WriteUInt32LittleEndian(sealedPart, keyring.Epoch);
            using AeadKey key = keyring.EpochKey(keyring.Epoch, header.RecordId.Span, SealInfo);
            key.Seal(new byte[AeadKey.NonceSize], plaintext, AssociatedData(bytes.AsSpan(0, RecordHeader.Size), body), sealedPart[sizeof(uint)..]);
        }

        signer.Sign(Signed(bytes.AsSpan(..^VerificationKey.SignatureSize)), bytes.AsSpan(^VerificationKey.SignatureSize..));
        return new SignedRecord(bytes, header, name: null);
    }

    private static byte[] Signed(ReadOnlySpan<byte> bytes) => [.. SignatureContext, .. bytes];

    private static byte[] AssociatedData(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body) => [.. header, .. ContentHash.Sha256(body)];

    private IntegrityException Damaged(string fact) => new(
        "RecordDamaged",
        $"Failed to open '{Name}': {fact}.",
        "Repair the repository from a mirror with Sync-WorkloadDelta.",
        Name,
        RecordHeader.Size + header.BodyLength);
}
