using System.Security.Cryptography;
using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Keys;

/// <summary>A private half sealed by a passphrase: `trust/slots/&lt;id&gt;`. Parsing checks form and bounds; a trust record's hash says whether it counts. Immutable.</summary>
/// <remarks>FORMAT.md, section 8.</remarks>
public sealed class KeySlot
{
    /// <summary>Most bytes that are read of a slot.</summary>
    public const int MaximumSize = 16 << 10;

    private const string Kdf = "pbkdf2-hmac-sha512";
    private const string RecipientPurpose = "recipient";
    private const string OwnerPurpose = "owner";
    private const int StretchedSize = SHA512.HashSizeInBytes;
    private const int MaximumSealedSize = 4 << 10;
    private readonly KeySlotBody body;

    private KeySlot(ReadOnlyMemory<byte> bytes, KeySlotBody body, KeySlotPurpose purpose, string? name)
    {
        Bytes = bytes;
        Hash = RecordHash.Of(bytes.Span);
        this.body = body;
        Purpose = purpose;
        Name = name;
    }

    /// <summary>Identifier, part of its name.</summary>
    public RecordId Id => body.Id;

    /// <summary>Repository that it says it belongs to.</summary>
    public Guid RepositoryId => body.Repository;

    /// <summary>What the private half is for.</summary>
    public KeySlotPurpose Purpose { get; }

    /// <summary>Whose private half: a recipient's id or an owner's fingerprint, in hex.</summary>
    public string For => body.For;

    /// <summary>Rounds of PBKDF2.</summary>
    public int Rounds => body.Rounds;

    /// <summary>Stored bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of the stored bytes, which a trust record holds.</summary>
    public RecordHash Hash { get; }

    /// <summary>Name it was read from, for errors.</summary>
    public string? Name { get; }

    /// <summary>Reads stored bytes.</summary>
    /// <param name="bytes">All bytes; kept, so the caller must not change them.</param>
    /// <param name="name">Name for errors.</param>
    /// <exception cref="InvalidFormatException">Not a slot, or rounds out of bounds.</exception>
    public static KeySlot Parse(ReadOnlyMemory<byte> bytes, string? name = null)
    {
        if (bytes.Length > MaximumSize)
        {
            throw Error(FormattableString.Invariant($"{bytes.Length} bytes, at most {MaximumSize} are allowed"), name);
        }

        KeySlotBody stored = RecordJson.Read(bytes.Span, KeyJson.Default.KeySlotBody, "key slot", name);
        KeySlotPurpose purpose = stored.Purpose switch
        {
            RecipientPurpose => KeySlotPurpose.Recipient,
            OwnerPurpose => KeySlotPurpose.Owner,
            _ => throw Error("its purpose is neither 'recipient' nor 'owner'", name),
        };
        if (!string.Equals(stored.Kdf, Kdf, StringComparison.Ordinal))
        {
            throw Error($"its key derivation is not '{Kdf}'", name);
        }

        if (stored.Rounds is < PassphraseDerivation.MinimumRounds or > PassphraseDerivation.MaximumRounds)
        {
            throw Error(FormattableString.Invariant($"{stored.Rounds} rounds, {PassphraseDerivation.MinimumRounds} to {PassphraseDerivation.MaximumRounds} are allowed"), name);
        }

        if (stored.Salt.IsEmpty || stored.Nonce.Length != AeadKey.NonceSize || stored.Sealed.Length is <= AeadKey.TagSize or > MaximumSealedSize)
        {
            throw Error("salt, nonce or sealed bytes have a wrong length", name);
        }

        return new KeySlot(bytes, stored, purpose, name);
    }

    /// <summary>Seals a private half.</summary>
    /// <param name="purpose">What it is for.</param>
    /// <param name="owner">The recipient's id or the owner's fingerprint, in hex.</param>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="rounds">Rounds, see <see cref="PassphraseDerivation.Calibrate"/>.</param>
    /// <param name="secret">What to seal; stays the caller's.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="random">Where id, salt and nonce come from.</param>
    internal static KeySlot Create(
        KeySlotPurpose purpose, string owner, SecretText passphrase, int rounds, KeySlotSecret secret, Guid repositoryId, RandomSource random)
    {
        RecordId id = RecordId.Draw(random);
        string purposeText = purpose == KeySlotPurpose.Owner ? OwnerPurpose : RecipientPurpose;
        var salt = RecordHash.FromBytes(random.NextBytes(RecordHash.Size));
        byte[] nonce = random.NextBytes(AeadKey.NonceSize);
        byte[] privateKey = secret.PrivateKey.AsSpan().ToArray();
        byte[] plaintext = RecordJson.Write(
            new KeySlotSecretBody { Private = privateKey, Owner = secret.Owner, Repository = repositoryId }, KeyJson.Default.KeySlotSecretBody);
        byte[] sealedText = new byte[plaintext.Length + AeadKey.TagSize];
        try
        {
            using SecretBytes stretched = PassphraseDerivation.Derive(passphrase, salt.AsSpan(), rounds, StretchedSize);
            using AeadKey key = DeriveKey(stretched, purposeText);
            key.Seal(nonce, plaintext, AssociatedData(purposeText, id, repositoryId), sealedText);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
            CryptographicOperations.ZeroMemory(privateKey);
        }

        var made = new KeySlotBody
        {
            Id = id,
            Repository = repositoryId,
            Purpose = purposeText,
            For = owner,
            Kdf = Kdf,
            Rounds = rounds,
            Salt = salt,
            Nonce = nonce,
            Sealed = sealedText,
        };
        return new KeySlot(RecordJson.Write(made, KeyJson.Default.KeySlotBody), made, purpose, name: null);
    }

    /// <summary>Opens the slot; the caller disposes the result. Takes as long as the rounds take, whatever the passphrase.</summary>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="repositoryId">The repository it was read from.</param>
    /// <param name="cancellationToken">Ends the call at once, also while the key is derived.</param>
    /// <returns>The private half, or null if the passphrase is another or the slot was changed.</returns>
    /// <exception cref="PortabilityException">It opens, but what it seals is not of this format.</exception>
    internal async Task<KeySlotSecret?> TryOpenAsync(SecretText passphrase, Guid repositoryId, CancellationToken cancellationToken)
    {
        using SecretBytes stretched = await PassphraseDerivation.DeriveAsync(
            passphrase, body.Salt.AsSpan().ToArray(), body.Rounds, StretchedSize, cancellationToken).ConfigureAwait(false);
        return TryOpen(stretched, repositoryId);
    }

    private KeySlotSecret? TryOpen(SecretBytes stretched, Guid repositoryId)
    {
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(body.Sealed.Length - AeadKey.TagSize, pinned: true);
        try
        {
            using AeadKey key = DeriveKey(stretched, body.Purpose);
            return key.TryOpen(body.Nonce, body.Sealed, AssociatedData(body.Purpose, body.Id, repositoryId), plaintext)
                ? ReadSecret(plaintext, repositoryId)
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private static AeadKey DeriveKey(SecretBytes stretched, string purpose) =>
        KeyDerivation.DeriveAead(stretched.AsSpan(), [], Encoding.ASCII.GetBytes("slot/" + purpose));

    private static byte[] AssociatedData(string purpose, RecordId id, Guid repositoryId)
    {
        byte[] idBytes = new byte[RecordId.Size];
        id.CopyTo(idBytes);
        return [.. Encoding.ASCII.GetBytes(purpose), 0, .. idBytes, .. repositoryId.ToByteArray(bigEndian: true)];
    }

    private static InvalidFormatException Error(string fact, string? name) => new(
        "repository", "key slot", -1, fact, "FORMAT.md 8", name, "Repair the repository from a mirror with Sync-WorkloadDelta.");

    private KeySlotSecret ReadSecret(ReadOnlySpan<byte> plaintext, Guid repositoryId)
    {
        KeySlotSecretBody opened = RecordJson.Read(plaintext, KeyJson.Default.KeySlotSecretBody, "sealed part of a key slot", Name);
        try
        {
            return opened.Repository == repositoryId
                ? new KeySlotSecret(new SecretBytes(opened.Private), opened.Owner)
                : throw Error("it was sealed for another repository", Name);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened.Private);
        }
    }
}
