using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Signers;

namespace Portability.Repository.Repositories;

/// <summary>Opens repositories: with nothing, a passphrase or a certificate. Everything that is read is verified before it is used.</summary>
/// <remarks>FORMAT.md, sections 4, 8 and 17.</remarks>
public sealed class RepositoryOpener
{
    private readonly TimeProvider time;
    private readonly RandomSource random;
    private readonly IOperationObserver observer;

    /// <summary>Initialises an opener.</summary>
    /// <param name="time">Where times come from.</param>
    /// <param name="random">Where identifiers come from.</param>
    /// <param name="observer">Is told of what a user should know though the repository opens.</param>
    public RepositoryOpener(TimeProvider time, RandomSource random, IOperationObserver observer)
    {
        this.time = time;
        this.random = random;
        this.observer = observer;
    }

    /// <summary>Opens a repository; the caller disposes it.</summary>
    /// <param name="store">Where it stands; stays the caller's.</param>
    /// <param name="options">Secret, pin and state.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">
    /// `RepositoryNotFound`, `NotARepository`, `OwnerNotPinned`, `OwnerChanged`, `WrongSecret`, `KeySlotsAbsent`, `TrustRolledBack`, `TrustForked`, `InstanceReplaced`.
    /// </exception>
    /// <exception cref="UnsupportedFeatureException">`FormatTooNew`, `SuiteUnsupported`.</exception>
    /// <exception cref="IntegrityException">`TrustMissing`, `TrustForged`, `OwnerForged`, `KeyringExchanged`, `SlotDamaged`.</exception>
    /// <exception cref="StorageException">The store or the state cannot be read.</exception>
    public async Task<OpenRepository> OpenAsync(IBlobStore store, OpenOptions options, CancellationToken cancellationToken)
    {
        RepositoryConfiguration configuration = await ReadConfigurationAsync(store, cancellationToken).ConfigureAwait(false);
        TrustChain chain = await ReadTrustAsync(store, configuration, cancellationToken).ConfigureAwait(false);
        (InstanceRecord? instance, bool stands) = await ReadInstanceAsync(store, configuration.Id, options.State, cancellationToken).ConfigureAwait(false);
        bool vouched = CheckPin(store, chain, options);
        CheckSeen(store, chain, instance, options.State);

        if (!vouched && options.Passphrase is null)
        {
            throw TrustErrors.OwnerNotPinned(store.Location, chain.FirstOwner, options.Recipient is not null);
        }

        Opened? opened = options switch
        {
            { Passphrase: { } passphrase } => await OpenByPassphraseAsync(store, chain, passphrase, cancellationToken).ConfigureAwait(false),
            { Recipient: { } recipient } => OpenByRecipient(store, chain, recipient),
            _ => null,
        };
        try
        {
            if (opened is not null)
            {
                chain.VerifyMacs(opened.Keyring);
            }

            SigningKey? signingKey = options.State?.GetOrCreateSigningKey();
            if (!stands && opened is not null && signingKey is not null && chain.HasAnyRight(signingKey.PublicKey.Fingerprint))
            {
                instance = await EnsureInstanceAsync(store, configuration.Id, options.State!, cancellationToken).ConfigureAwait(false) ?? instance;
            }

            Note(store, chain, instance, options.State);
            return new OpenRepository(
                store,
                configuration,
                chain,
                time,
                random,
                opened?.Keyring,
                signingKey,
                instance,
                instance is null ? null : options.State?.TryReadReceiptKey(instance.Id),
                options.State,
                opened?.Recipient,
                opened?.PrivateKey);
        }
        catch
        {
            opened?.Dispose(options.Recipient);
            throw;
        }
    }

    /// <summary>Reads the fingerprint of the first owner that a store shows, to ask a person about it. It proves nothing by itself.</summary>
    /// <param name="store">Where the repository stands.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">As <see cref="OpenAsync"/>, as far as no secret or state is concerned.</exception>
    public static async Task<KeyFingerprint> ReadOwnerAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        RepositoryConfiguration configuration = await ReadConfigurationAsync(store, cancellationToken).ConfigureAwait(false);
        return (await ReadTrustAsync(store, configuration, cancellationToken).ConfigureAwait(false)).FirstOwner;
    }

    /// <summary>Reads `repository.json`, after a look for records of later format versions.</summary>
    internal static async Task<RepositoryConfiguration> ReadConfigurationAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        byte[]? bytes;
        try
        {
            bytes = await store.TryReadAllAsync(RepositoryNames.Configuration, RepositoryConfiguration.MaximumSize, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageException exception) when (exception.ErrorId is "StoreNotFound")
        {
            throw NotFound(store.Location, exception);
        }
        catch (IntegrityException exception)
        {
            throw RepositoryConfiguration.NotARepository(store.Location, "repository.json is too long", exception);
        }

        if (bytes is null)
        {
            throw NotFound(store.Location, null);
        }

        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.FormatPrefix, cancellationToken).ConfigureAwait(false))
        {
            throw RepositoryConfiguration.TooNew(store.Location, $"'{entry.Name}' says that it has a later format version");
        }

        return RepositoryConfiguration.Parse(bytes, store.Location);
    }

    private static async Task<TrustChain> ReadTrustAsync(IBlobStore store, RepositoryConfiguration configuration, CancellationToken cancellationToken)
    {
        TrustChain chain = await TrustReader.ReadAsync(store, TrustChain.Empty(configuration), cancellationToken).ConfigureAwait(false);
        return chain.Number > 0
            ? chain
            : throw new IntegrityException(
                "TrustMissing",
                $"Failed to trust '{store.Location}': no first trust record fits repository.json; of '{chain.End?.Name}': {chain.End?.Reason}",
                "Restore the trust records from a mirror with Sync-WorkloadDelta.",
                chain.End?.Name);
    }

    /// <summary>Reads the identity of the store; where it is damaged or gone, the one that this member saw at the place before: so damage hides no older state.</summary>
    private async Task<(InstanceRecord? Instance, bool Stands)> ReadInstanceAsync(
        IBlobStore store, Guid repositoryId, MemberState? state, CancellationToken cancellationToken)
    {
        IntegrityException? damage = null;
        try
        {
            if (await InstanceRecord.TryReadAsync(store, repositoryId, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return (found, true);
            }
        }
        catch (IntegrityException exception)
        {
            damage = exception;
        }

        InstanceRecord? kept = state?.TryReadInstance(store.Location, repositoryId);
        if (kept is not null)
        {
            string what = damage is null ? "is gone" : "is damaged";
            observer.OnWarning($"The identity of the store '{store.Location}' {what}. This machine knows it as store {kept.Id:D} and goes on with that; connected with a key it puts the record again.");
        }
        else if (damage is not null)
        {
            observer.OnWarning($"The identity of the store '{store.Location}' is damaged, so what was seen of it cannot be compared, and what it removed itself is shown again. {damage.RecommendedAction}");
        }

        return (kept, false);
    }

    /// <summary>
    /// Gives the store an identity where its creation was killed in front of that, and puts a damaged one again where it is known here; a store that
    /// cannot be written goes without.
    /// </summary>
    private async Task<InstanceRecord?> EnsureInstanceAsync(IBlobStore store, Guid repositoryId, MemberState state, CancellationToken cancellationToken)
    {
        try
        {
            return await InstanceRecord.EnsureAsync(store, repositoryId, state, random, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception)
        {
            observer.OnWarning($"The store '{store.Location}' has no identity, so what this machine saw of it cannot be compared: {exception.Message}");
            return null;
        }
    }

    /// <summary>Compares the chain's first owner with what is pinned; true if something outside the store vouches for it.</summary>
    private static bool CheckPin(IBlobStore store, TrustChain chain, OpenOptions options)
    {
        KeyFingerprint? pinned = options.Fingerprint ?? options.State?.ReadPin(chain.Configuration.Id);
        return pinned is null || pinned == chain.FirstOwner
            ? pinned is not null
            : throw TrustErrors.OwnerChanged(store.Location, chain.FirstOwner, pinned.Value);
    }

    /// <summary>Compares the chain with the newest records that were seen, at this store and at others.</summary>
    private static void CheckSeen(IBlobStore store, TrustChain chain, InstanceRecord? instance, MemberState? state)
    {
        if (state is null)
        {
            return;
        }

        foreach (SeenMark seen in state.ReadTrustSeen(chain.Configuration.Id))
        {
            if (seen.Number <= chain.Number && chain.HashOf(seen.Number) != seen.Hash)
            {
                throw TrustErrors.Forked(store.Location, seen.Number);
            }
        }

        if (instance is not null && state.ReadTrustSeen(chain.Configuration.Id, instance.Id) is { } here && here.Number > chain.Number)
        {
            throw TrustErrors.RolledBack(store.Location, chain.Number, here.Number);
        }
    }

    private static async Task<Opened> OpenByPassphraseAsync(IBlobStore store, TrustChain chain, SecretText passphrase, CancellationToken cancellationToken)
    {
        SlotSearch found = await SlotSearch.RunAsync(store, chain, KeySlotPurpose.Recipient, passphrase, cancellationToken).ConfigureAwait(false);
        using KeySlotSecret secret = found.Secret;
        TrustRecipient recipient = chain.Recipients.Single(recipient => string.Equals(recipient.Id.ToString(), found.Slot.For, StringComparison.Ordinal));
        RecipientPrivateKey privateKey = RecipientPrivateKey.Read(secret.PrivateKey.AsSpan());
        try
        {
            Keyring keyring = KeyringOpener.TryOpen(chain, recipient.Id, privateKey) ?? throw TrustErrors.WrongSecret(store.Location);
            return new Opened(keyring, recipient, privateKey);
        }
        catch
        {
            privateKey.Dispose();
            throw;
        }
    }

    private static Opened OpenByRecipient(IBlobStore store, TrustChain chain, RecipientPrivateKey privateKey)
    {
        TrustRecipient? recipient = chain.Recipients.FirstOrDefault(candidate => !candidate.IsRemoved && candidate.Key.Fingerprint == privateKey.PublicKey.Fingerprint);
        Keyring? keyring = recipient is null ? null : KeyringOpener.TryOpen(chain, recipient.Id, privateKey);
        return keyring is null ? throw TrustErrors.WrongSecret(store.Location) : new Opened(keyring, recipient!, privateKey);
    }

    private void Note(IBlobStore store, TrustChain chain, InstanceRecord? instance, MemberState? state)
    {
        if (chain.End is { } end)
        {
            observer.OnWarning($"Trust records of '{store.Location}' count up to number {chain.Number} only: '{end.Name}' does not verify. {end.Reason}");
        }

        if (state is null)
        {
            return;
        }

        if (state.ReadPin(chain.Configuration.Id) != chain.FirstOwner)
        {
            state.WritePin(chain.Configuration.Id, chain.FirstOwner);
        }

        if (instance is not null)
        {
            state.NotePlace(store.Location, chain.Configuration.Id, instance.Id);
            state.NoteInstance(instance);
            state.NoteTrustSeen(chain.Configuration.Id, instance.Id, new SeenMark(chain.Number, chain.Hash));
        }
    }

    private static RepositoryException NotFound(string place, Exception? cause) => new(
        "RepositoryNotFound",
        ErrorKind.NotFound,
        $"Failed to open the repository '{place}': there is no repository.json.",
        "Check -Path, or make a repository there with New-WorkloadRepository.",
        place,
        isTransient: false,
        cause);

    private sealed record Opened(Keyring Keyring, TrustRecipient Recipient, RecipientPrivateKey PrivateKey)
    {
        public void Dispose(RecipientPrivateKey? callers)
        {
            Keyring.Dispose();
            if (!ReferenceEquals(PrivateKey, callers))
            {
                PrivateKey.Dispose();
            }
        }
    }
}
