using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Signers;

namespace Portability.Repository.Repositories;

/// <summary>Makes repositories. Killed at any point it leaves nothing that counts, and can be run again; of several at once one wins.</summary>
/// <remarks>FORMAT.md, section 4.</remarks>
public sealed class RepositoryCreator
{
    private readonly TimeProvider time;
    private readonly RandomSource random;

    /// <summary>Initialises a creator.</summary>
    /// <param name="time">Where times come from.</param>
    /// <param name="random">Where identifiers and keys come from.</param>
    public RepositoryCreator(TimeProvider time, RandomSource random)
    {
        this.time = time;
        this.random = random;
    }

    /// <summary>Makes a repository and opens it; the caller disposes it. There is one owner only: whoever asked should hear how to add a second.</summary>
    /// <param name="store">Where it shall stand; stays the caller's.</param>
    /// <param name="options">What it is like.</param>
    /// <param name="state">What the member keeps: its signing key becomes the first signer, the owner is pinned.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`RepositoryExists`, `RecipientRequired`, `OwnerPassphraseRequired`, `PassphraseEmpty`, `BlockSizeInvalid`.</exception>
    /// <exception cref="StorageException">The store or the state cannot be read or written.</exception>
    public async Task<OpenRepository> CreateAsync(IBlobStore store, CreateOptions options, MemberState state, CancellationToken cancellationToken)
    {
        Check(store, options);
        if (await store.GetLengthAsync(RepositoryNames.Configuration, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw Exists(store);
        }

        SigningKey signingKey = state.GetOrCreateSigningKey();
        RepositoryDraft? draft = null;
        try
        {
            draft = RepositoryDraft.Create(options, signingKey.PublicKey, time, random);
            state.WritePin(draft.Configuration.Id, draft.Trust.FirstOwner);
            await CommitAsync(store, draft, cancellationToken).ConfigureAwait(false);
            return await FinishAsync(store, draft, signingKey, state, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            draft?.Dispose();
            signingKey.Dispose();
            throw;
        }
    }

    /// <summary>Puts a draft: slots, trust record 1, `repository.json`.</summary>
    internal static async Task CommitAsync(IBlobStore store, RepositoryDraft draft, CancellationToken cancellationToken)
    {
        await TrustSlots.PutAsync(store, draft.Slots, cancellationToken).ConfigureAwait(false);
        BlobName first = await store.PutFirstTrustAsync(draft.Trust.Records[0], cancellationToken).ConfigureAwait(false);
        if (await store.PutOrOwnAsync(RepositoryNames.Configuration, draft.Configuration.Bytes, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        // Another creator won. What was put here bears this draft's random names or content, so nobody else can rely on it.
        await store.DeleteAsync(first, cancellationToken).ConfigureAwait(false);
        foreach (KeySlot slot in draft.Slots)
        {
            await store.DeleteAsync(RepositoryNames.Slot(slot.Id), cancellationToken).ConfigureAwait(false);
        }

        throw Exists(store);
    }

    private async Task<OpenRepository> FinishAsync(
        IBlobStore store, RepositoryDraft draft, SigningKey signingKey, MemberState state, CancellationToken cancellationToken)
    {
        InstanceRecord instance = await InstanceRecord.EnsureAsync(store, draft.Configuration.Id, state, random, cancellationToken).ConfigureAwait(false);
        state.NotePlace(store.Location, draft.Configuration.Id, instance.Id);
        state.NoteTrustSeen(draft.Configuration.Id, instance.Id, new SeenMark(draft.Trust.Number, draft.Trust.Hash));
        TrustRecipient? recipient = draft.RecipientKey is null
            ? null
            : draft.Trust.Recipients.Single(candidate => candidate.Kind == RepositoryKeyKind.Passphrase);
        return new OpenRepository(
            store,
            draft.Configuration,
            draft.Trust,
            time,
            random,
            draft.Keyring,
            signingKey,
            instance,
            state.TryReadReceiptKey(instance.Id),
            state,
            recipient,
            draft.RecipientKey);
    }

    private static void Check(IBlobStore store, CreateOptions options)
    {
        if (options.Passphrase is null && options.Certificate is null)
        {
            throw new RepositoryException(
                "RecipientRequired",
                ErrorKind.InvalidInput,
                $"Failed to make a repository at '{store.Location}': no key was given that could read it.",
                "Give -Passphrase or -Certificate to New-WorkloadRepository.",
                store.Location);
        }

        if (options.Passphrase is null && options.OwnerPassphrase is null)
        {
            throw new RepositoryException(
                "OwnerPassphraseRequired",
                ErrorKind.InvalidInput,
                $"Failed to make a repository at '{store.Location}': nothing was given to seal the owner's key with.",
                "Give -OwnerPassphrase beside -Certificate to New-WorkloadRepository.",
                store.Location);
        }

        foreach (SecretText? passphrase in (SecretText?[])[options.Passphrase, options.OwnerPassphrase])
        {
            if (passphrase is not null)
            {
                SlotMaker.RefuseEmpty(passphrase);
            }
        }
    }

    private static RepositoryException Exists(IBlobStore store) => new(
        "RepositoryExists",
        ErrorKind.Exists,
        $"Failed to make a repository at '{store.Location}': one is there already.",
        "Use Connect-WorkloadRepository, or give another -Path to New-WorkloadRepository.",
        store.Location);
}
