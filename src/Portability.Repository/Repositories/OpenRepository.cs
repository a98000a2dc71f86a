using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Leases;
using Portability.Repository.Records;
using Portability.Repository.Signers;
using Portability.Repository.Workloads;

namespace Portability.Repository.Repositories;

/// <summary>
/// A repository at one store, as a member, a reader or a verifier without any key holds it open. Thread-safe. Owns the keys that it was
/// given and zeroes them on disposal; the store stays its maker's.
/// </summary>
public sealed class OpenRepository : IDisposable
{
    private readonly SemaphoreSlim refreshing = new(1, 1);
    private readonly Lock gate = new();
    private readonly List<Keyring> retired = [];
    private readonly SigningKey? signingKey;
    private readonly SigningKey? receiptKey;
    private RecipientPrivateKey? recipientKey;
    private TrustRecipient? recipient;
    private Keyring? keyring;
    private TrustChain trust;

    /// <summary>Initialises from parts that were checked: by <see cref="RepositoryOpener"/>, or made by a test.</summary>
    /// <param name="store">The store; stays the caller's.</param>
    /// <param name="configuration">`repository.json`.</param>
    /// <param name="trust">The verified trust chain.</param>
    /// <param name="time">Where times come from.</param>
    /// <param name="random">Where identifiers and keys come from.</param>
    /// <param name="keyring">Keys, or null for a key-less one; owned from now on.</param>
    /// <param name="signingKey">The member's key, or null; owned from now on.</param>
    /// <param name="instance">Identity of the store, or null if it has none yet.</param>
    /// <param name="receiptKey">The store's receipt key where it is kept here, or null; owned from now on.</param>
    /// <param name="state">What the member keeps, or null.</param>
    /// <param name="recipient">The recipient whose secret opened the keyring, or null.</param>
    /// <param name="recipientKey">Its private half, to open keyrings of later epochs, or null; owned from now on.</param>
    public OpenRepository(
        IBlobStore store,
        RepositoryConfiguration configuration,
        TrustChain trust,
        TimeProvider time,
        RandomSource random,
        Keyring? keyring = null,
        SigningKey? signingKey = null,
        InstanceRecord? instance = null,
        SigningKey? receiptKey = null,
        MemberState? state = null,
        TrustRecipient? recipient = null,
        RecipientPrivateKey? recipientKey = null)
    {
        Store = store;
        Configuration = configuration;
        this.trust = trust;
        Time = time;
        Random = random;
        this.keyring = keyring;
        this.signingKey = signingKey;
        this.receiptKey = receiptKey;
        this.recipientKey = recipientKey;
        Instance = instance;
        State = state;
        this.recipient = recipient;
        Signer = signingKey is null ? null : new RecordSigner(configuration.Id, signingKey, random);
        ReceiptSigner = receiptKey is null ? null : new RecordSigner(configuration.Id, receiptKey, random);
    }

    /// <summary>The store.</summary>
    public IBlobStore Store { get; }

    /// <summary>`repository.json`.</summary>
    public RepositoryConfiguration Configuration { get; }

    /// <summary>Identifier of the repository.</summary>
    public Guid Id => Configuration.Id;

    /// <summary>Where times come from.</summary>
    public TimeProvider Time { get; }

    /// <summary>Where identifiers and keys come from.</summary>
    public RandomSource Random { get; }

    /// <summary>What the member keeps, or null.</summary>
    public MemberState? State { get; }

    /// <summary>Identity of the store, or null if it has none yet.</summary>
    public InstanceRecord? Instance { get; }

    /// <summary>The recipient whose secret opened the keyring, or null.</summary>
    public TrustRecipient? Recipient
    {
        get
        {
            lock (gate)
            {
                return recipient;
            }
        }
    }

    /// <summary>Signs with the member's key, or null; whether it is admitted is for <see cref="RequireSigner"/>.</summary>
    public RecordSigner? Signer { get; }

    /// <summary>Signs with the store's receipt key, where that is kept here, or null.</summary>
    public RecordSigner? ReceiptSigner { get; }

    /// <summary>Leases that need not be read again.</summary>
    internal EndedLeases EndedLeases { get; } = new();

    /// <summary>The verified trust chain, as of the last <see cref="RefreshTrustAsync"/>.</summary>
    public TrustChain Trust
    {
        get
        {
            lock (gate)
            {
                return trust;
            }
        }
    }

    /// <summary>The keys, or null for a key-less one. Valid until disposal, even after a later epoch replaced it.</summary>
    public Keyring? Keyring
    {
        get
        {
            lock (gate)
            {
                return keyring;
            }
        }
    }

    /// <summary>The keys, to read what is sealed.</summary>
    /// <exception cref="RepositoryException">`KeyRequired`.</exception>
    public Keyring RequireKeyring() => Keyring ?? throw new RepositoryException(
        "KeyRequired",
        ErrorKind.BadKey,
        $"Failed to read '{Store.Location}': it was opened without a key, and this needs one.",
        "Connect with Connect-WorkloadRepository and -Passphrase or -Certificate.",
        Store.Location);

    /// <summary>The keys, to seal new data: they must hold the newest epoch.</summary>
    /// <exception cref="RepositoryException">`KeyRequired`; `RecipientRemoved`: later epochs are closed to the secret that was used.</exception>
    public Keyring RequireNewestKeyring()
    {
        Keyring keys = RequireKeyring();
        return keys.Epoch == Trust.Epoch
            ? keys
            : throw new RepositoryException(
                "RecipientRemoved",
                ErrorKind.Denied,
                FormattableString.Invariant($"Failed to write to '{Store.Location}': the secret that was used opens epochs up to {keys.Epoch}, the repository is at {Trust.Epoch}."),
                "Connect again with Connect-WorkloadRepository and a secret that is still admitted.",
                Store.Location);
    }

    /// <summary>The member's signer, if it is admitted.</summary>
    /// <param name="right">What it is about to sign.</param>
    /// <param name="workload">The workload concerned, if any.</param>
    /// <param name="name">Its name, where it is known, for the error.</param>
    /// <exception cref="RepositoryException">`SignerNotAdmitted`, with the line for an owner to type; `SignerRequired`: opened without a state directory.</exception>
    public RecordSigner RequireSigner(SignerRights right, Guid? workload = null, string? name = null)
    {
        RecordSigner signer = Signer ?? throw new RepositoryException(
            "SignerRequired",
            ErrorKind.Denied,
            $"Failed to write to '{Store.Location}': it was opened without a signing key.",
            "Connect with Connect-WorkloadRepository on a machine whose state directory can be written (PORTABILITY_STATE).",
            Store.Location);
        TrustSigner? known = Trust.FindSigner(signer.Fingerprint);
        return known?.Grants.Exists(grant => grant.Stands && grant.Covers(right, workload, number: null, record: default)) ?? false
            ? signer
            : throw TrustErrors.SignerNotAdmitted(Store.Location, signer.PublicKey, right, Typed(workload, name));
    }

    // What an owner types means this workload: its name where the id follows from that, else the id.
    private string? Typed(Guid? workload, string? name) =>
        name is not null && workload is { } id && WorkloadIdentity.IsTyped(Id, name, id) ? name : workload?.ToString("D");

    /// <summary>Reads newer trust records, and the keyring of a newer epoch.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The chain that stands now.</returns>
    /// <exception cref="RepositoryException">`TrustRolledBack`: the store shows fewer records than before.</exception>
    /// <exception cref="PortabilityException">The store cannot be read, or a newer keyring is damaged.</exception>
    public async Task<TrustChain> RefreshTrustAsync(CancellationToken cancellationToken)
    {
        await refreshing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            TrustChain newer = await TrustReader.ReadAsync(Store, Trust, cancellationToken).ConfigureAwait(false);
            Keyring? keys = Keyring;
            if (keys is not null && newer.Epoch > keys.Epoch && TryOpenNewer(newer) is { } opened)
            {
                newer.VerifyMacs(opened);
                keys = opened;
            }

            lock (gate)
            {
                if (!ReferenceEquals(keys, keyring) && keyring is not null)
                {
                    retired.Add(keyring);
                }

                keyring = keys;
                trust = newer;
            }

            if (State is not null && Instance is not null)
            {
                State.NoteTrustSeen(Id, Instance.Id, new SeenMark(newer.Number, newer.Hash));
            }

            return newer;
        }
        finally
        {
            refreshing.Release();
        }
    }

    /// <summary>Refuses what names a trust record that the store does not show.</summary>
    /// <param name="number">Number that a manifest names.</param>
    /// <exception cref="RepositoryException">`TrustRolledBack`.</exception>
    public void RequireTrust(long number)
    {
        if (number > Trust.Number)
        {
            throw TrustErrors.RolledBack(Store.Location, Trust.Number, number);
        }
    }

    /// <summary>Goes on as another recipient: after a change of the passphrase that was used.</summary>
    internal void Adopt(TrustRecipient newRecipient, RecipientPrivateKey privateKey)
    {
        lock (gate)
        {
            recipientKey?.Dispose();
            recipientKey = privateKey;
            recipient = newRecipient;
        }
    }

    /// <summary>Zeroes all keys.</summary>
    public void Dispose()
    {
        foreach (Keyring old in retired)
        {
            old.Dispose();
        }

        keyring?.Dispose();
        signingKey?.Dispose();
        receiptKey?.Dispose();
        recipientKey?.Dispose();
        refreshing.Dispose();
    }

    private Keyring? TryOpenNewer(TrustChain newer)
    {
        lock (gate)
        {
            return recipient is null || recipientKey is null ? null : KeyringOpener.TryOpen(newer, recipient.Id, recipientKey);
        }
    }
}
