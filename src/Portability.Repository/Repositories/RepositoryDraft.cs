using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Signers;

namespace Portability.Repository.Repositories;

/// <summary>A new repository, sealed and signed, of which nothing is stored yet. Its keys are zeroed on disposal unless they were taken.</summary>
internal sealed class RepositoryDraft : IDisposable
{
    private const SignerRights AllRights = SignerRights.Capture | SignerRights.Remove | SignerRights.Compact | SignerRights.Admit;

    private RepositoryDraft(RepositoryConfiguration configuration, TrustChain trust, IReadOnlyList<KeySlot> slots, Keyring keyring, RecipientPrivateKey? recipientKey)
    {
        Configuration = configuration;
        Trust = trust;
        Slots = slots;
        Keyring = keyring;
        RecipientKey = recipientKey;
    }

    public RepositoryConfiguration Configuration { get; }

    /// <summary>The chain of record 1.</summary>
    public TrustChain Trust { get; }

    public IReadOnlyList<KeySlot> Slots { get; }

    public Keyring Keyring { get; }

    /// <summary>Private half of the passphrase's recipient, or null.</summary>
    public RecipientPrivateKey? RecipientKey { get; }

    /// <summary>Makes a draft with a fresh owner key.</summary>
    public static RepositoryDraft Create(CreateOptions options, VerificationKey firstSigner, TimeProvider time, RandomSource random)
    {
        using SigningKey owner = SigningKey.Generate();
        return Create(options, owner, firstSigner, time, random);
    }

    /// <summary>Makes a draft with an owner key that stays the caller's; without an owner passphrase it is sealed in no slot.</summary>
    public static RepositoryDraft Create(CreateOptions options, SigningKey owner, VerificationKey firstSigner, TimeProvider time, RandomSource random)
    {
        RepositoryConfiguration configuration = RepositoryConfiguration.Create(random, options.BlockSize, options.DedupScope, options.PadPacks);
        Keyring keyring = Keyring.Create(configuration.Id, random);
        RecipientPrivateKey? recipientKey = null;
        try
        {
            var maker = new Lazy<SlotMaker>(() => new SlotMaker(configuration.Id, owner.PublicKey.Fingerprint, options.DerivationTime, time, random));
            var slots = new List<KeySlot>();
            var recipients = new List<TrustRecipientBody>();
            if (options.Passphrase is { } passphrase)
            {
                RecordId id = RecordId.Draw(random);
                recipientKey = RecipientPrivateKey.Generate();
                slots.Add(maker.Value.MakeRecipient(passphrase, id, recipientKey));
                recipients.Add(TrustDraft.Recipient(id, RepositoryKeyKind.Passphrase, recipientKey.PublicKey, CreateOptions.DefaultName));
            }

            if (options.Certificate is { } certificate)
            {
                recipients.Add(TrustDraft.Recipient(RecordId.Draw(random), RepositoryKeyKind.Certificate, certificate, options.CertificateName));
            }

            if ((options.OwnerPassphrase ?? options.Passphrase) is { } ownerPassphrase)
            {
                slots.Add(maker.Value.MakeOwner(ownerPassphrase, owner));
            }

            TrustChain empty = TrustChain.Empty(configuration);
            TrustBody body = TrustDraft.WithKeyringsForAdded(
                TrustDraft.Next(empty, time.GetUtcNow().UtcDateTime) with
                {
                    AdmitOwners = [TrustDraft.Owner(owner.PublicKey, options.OwnerName)],
                    AdmitSigners = [TrustDraft.Signer(firstSigner, options.SignerName, AllRights, workloads: null)],
                    AddRecipients = [.. recipients],
                    AddSlots = [.. slots.Select(TrustDraft.Slot)],
                },
                keyring);
            SignedRecord record = new RecordSigner(configuration.Id, owner, random).Sign(RecordKind.Trust, TrustDraft.Encode(body, keyring, epochBefore: 0));
            return new RepositoryDraft(configuration, empty.Append(record), slots, keyring, recipientKey);
        }
        catch
        {
            keyring.Dispose();
            recipientKey?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Keyring.Dispose();
        RecipientKey?.Dispose();
    }
}
