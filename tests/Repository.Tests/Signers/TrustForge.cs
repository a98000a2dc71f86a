using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Signers;
using Portability.Repository.Tests.Repositories;

namespace Portability.Repository.Tests.Signers;

/// <summary>Makes trust records of any content with any signature, right or wrong, behind the first record of a test repository.</summary>
internal sealed class TrustForge : IDisposable
{
    private TrustForge(TestRepository made)
    {
        Made = made;
        Chain = made.Trust;
        Keyring = KeyringOpener.TryOpen(made.Trust, made.Trust.Recipients.Single().Id, made.Recipient)!;
    }

    public TestRepository Made { get; }

    public TrustChain Chain { get; private set; }

    public Keyring Keyring { get; private set; }

    public TrustBody Next => TrustDraft.Next(Chain, DateTime.UnixEpoch);

    public RecordId Reader => Made.Trust.Recipients.Single().Id;

    public static async Task<TrustForge> CreateAsync() => new(await TestRepository.CreateAsync());

    public SignedRecord Sign(TrustBody body, SigningKey? author = null, bool withMac = true) =>
        new RecordSigner(Made.Configuration.Id, author ?? Made.Owner, RandomSource.System)
            .Sign(RecordKind.Trust, TrustDraft.Encode(body, withMac ? Keyring : null, Chain.Epoch));

    /// <summary>Appends what must verify.</summary>
    public TrustChain Append(TrustBody body, SigningKey? author = null, bool withMac = true)
    {
        Chain = Chain.Append(Sign(body, author, withMac));
        Keyring = KeyringOpener.TryOpen(Chain, Reader, Made.Recipient) ?? Keyring;
        return Chain;
    }

    /// <summary>Tries to append what must not; gives the error.</summary>
    public PortabilityException Refuse(TrustBody body, SigningKey? author = null, bool withMac = true) => Refuse(Sign(body, author, withMac));

    public PortabilityException Refuse(SignedRecord record) => Xunit.Assert.ThrowsAny<PortabilityException>(() => Chain.Append(record));

    public TrustBody NewEpoch(TrustBody body) => TrustDraft.WithNewEpoch(body, Chain, Keyring, RandomSource.System);

    public TrustBody AddCertificate(out RecordId id, RecipientPublicKey? key = null)
    {
        id = RecordId.Draw(RandomSource.System);
        using RecipientPrivateKey made = RecipientPrivateKey.Generate();
        TrustBody body = Next with { AddRecipients = [TrustDraft.Recipient(id, RepositoryKeyKind.Certificate, key ?? made.PublicKey, "added")] };
        return TrustDraft.WithKeyringsForAdded(body, Keyring);
    }

    public void Dispose()
    {
        Keyring.Dispose();
        Made.Dispose();
    }
}
