using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Keys;

/// <summary>Seals private halves of one repository by passphrases, all with the word for the same first owner.</summary>
internal sealed class SlotMaker
{
    private readonly Guid repositoryId;
    private readonly KeyFingerprint firstOwner;
    private readonly int rounds;
    private readonly RandomSource random;

    /// <summary>Initialises a maker.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="firstOwner">Owner that every slot vouches for.</param>
    /// <param name="derivationTime">Time that one derivation may take here; zero for the fewest rounds that are allowed.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="random">Where ids, salts and nonces come from.</param>
    public SlotMaker(Guid repositoryId, KeyFingerprint firstOwner, TimeSpan derivationTime, TimeProvider time, RandomSource random)
    {
        this.repositoryId = repositoryId;
        this.firstOwner = firstOwner;
        this.random = random;
        rounds = derivationTime > TimeSpan.Zero ? PassphraseDerivation.Calibrate(derivationTime, time) : PassphraseDerivation.MinimumRounds;
    }

    /// <summary>Refuses a passphrase that protects nothing.</summary>
    /// <param name="passphrase">A passphrase that shall seal something.</param>
    /// <exception cref="RepositoryException">`PassphraseEmpty`.</exception>
    public static void RefuseEmpty(SecretText passphrase)
    {
        if (passphrase.IsEmpty)
        {
            throw new RepositoryException(
                "PassphraseEmpty",
                ErrorKind.InvalidInput,
                "Failed to seal a key: the passphrase is empty, so that everybody could open it.",
                "Give a passphrase with characters in it, such as Read-Host -AsSecureString returns.");
        }
    }

    /// <summary>Seals a recipient's private half.</summary>
    /// <exception cref="RepositoryException">`PassphraseEmpty`.</exception>
    public KeySlot MakeRecipient(SecretText passphrase, RecordId recipient, RecipientPrivateKey privateKey)
    {
        RefuseEmpty(passphrase);
        using var secret = new KeySlotSecret(privateKey.Export(), firstOwner);
        return KeySlot.Create(KeySlotPurpose.Recipient, recipient.ToString(), passphrase, rounds, secret, repositoryId, random);
    }

    /// <summary>Seals an owner's private half.</summary>
    /// <exception cref="RepositoryException">`PassphraseEmpty`.</exception>
    public KeySlot MakeOwner(SecretText passphrase, SigningKey owner)
    {
        RefuseEmpty(passphrase);
        using var secret = new KeySlotSecret(owner.Export(), firstOwner);
        return KeySlot.Create(
            KeySlotPurpose.Owner, FingerprintConverter.ToHex(owner.PublicKey.Fingerprint), passphrase, rounds, secret, repositoryId, random);
    }
}
