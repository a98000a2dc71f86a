using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Signers;

/// <summary>
/// Changes trust: each call puts one record, planned on what stands. Of two editors at once one loses, reads what the other did and plans
/// anew; a plan that makes no sense any more is an error. One thread at a time.
/// </summary>
/// <remarks>FORMAT.md, section 8.</remarks>
public sealed class TrustEditor : IDisposable
{
    private const int MaximumAttempts = 32;
    private readonly OpenRepository repository;
    private readonly RecordSigner author;
    private readonly SigningKey? ownedKey;
    private readonly Lazy<SlotMaker> slots;

    private TrustEditor(OpenRepository repository, RecordSigner author, SigningKey? ownedKey, TimeSpan derivationTime)
    {
        this.repository = repository;
        this.author = author;
        this.ownedKey = ownedKey;
        slots = new Lazy<SlotMaker>(() =>
            new SlotMaker(repository.Id, repository.Trust.FirstOwner, derivationTime, repository.Time, repository.Random));
    }

    /// <summary>Opens the owner key that a passphrase seals; the caller disposes the editor.</summary>
    /// <param name="repository">The repository, opened with a secret unless only signers change; stays the caller's.</param>
    /// <param name="ownerPassphrase">Passphrase of an owner slot; stays the caller's.</param>
    /// <param name="derivationTime">Time that deriving a key from a new passphrase may take; zero for the fewest rounds that are allowed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">`WrongSecret`, `KeySlotsAbsent`, `OwnerForged`, `SlotDamaged`; the store cannot be read.</exception>
    public static async Task<TrustEditor> OpenAsync(
        OpenRepository repository, SecretText ownerPassphrase, TimeSpan derivationTime, CancellationToken cancellationToken)
    {
        TrustChain chain = await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        SlotSearch found = await SlotSearch.RunAsync(repository.Store, chain, KeySlotPurpose.Owner, ownerPassphrase, cancellationToken).ConfigureAwait(false);
        using KeySlotSecret secret = found.Secret;
        return ForOwner(repository, SigningKey.Read(secret.PrivateKey.AsSpan()), derivationTime);
    }

    /// <summary>Edits as the member whose key the repository was opened with: it may admit signers, with the right to.</summary>
    /// <param name="repository">The repository; stays the caller's.</param>
    /// <exception cref="RepositoryException">`SignerNotAdmitted`, `SignerRequired`.</exception>
    public static TrustEditor ForMember(OpenRepository repository) => new(repository, repository.RequireSigner(SignerRights.Admit), null, TimeSpan.Zero);

    /// <summary>Edits as an owner whose key is at hand; owned from now on.</summary>
    internal static TrustEditor ForOwner(OpenRepository repository, SigningKey ownerKey, TimeSpan derivationTime) =>
        new(repository, new RecordSigner(repository.Id, ownerKey, repository.Random), ownerKey, derivationTime);

    /// <summary>Adds a recipient by its certificate's public key. No data is rewritten.</summary>
    /// <param name="key">Public half.</param>
    /// <param name="name">Name to show.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`RecipientExists`, `KeyNameTaken`, `KeyRequired`, `RecipientRemoved`, or as every change.</exception>
    public async Task<TrustRecipient> AddCertificateAsync(RecipientPublicKey key, string name, CancellationToken cancellationToken)
    {
        RecordId id = RecordId.Draw(repository.Random);
        TrustChain chain = await CommitAsync(
            current =>
            {
                if (current.Recipients.Any(recipient => !recipient.IsRemoved && recipient.Key.Fingerprint == key.Fingerprint))
                {
                    throw TrustEditErrors.RecipientExists(repository.Store.Location, name);
                }

                TrustEditErrors.RequireFreeRecipientName(current, name, repository.Store.Location);
                TrustBody body = Next(current) with { AddRecipients = [TrustDraft.Recipient(id, RepositoryKeyKind.Certificate, key, name)] };
                return TrustDraft.WithKeyringsForAdded(body, repository.RequireNewestKeyring());
            },
            cancellationToken).ConfigureAwait(false);
        return chain.Recipients.Single(recipient => recipient.Id == id);
    }

    /// <summary>Adds a recipient by a passphrase. No data is rewritten.</summary>
    /// <param name="passphrase">The passphrase; stays the caller's.</param>
    /// <param name="name">Name to show.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`KeyNameTaken`, `KeyRequired`, `RecipientRemoved`, or as every change.</exception>
    public async Task<TrustRecipient> AddPassphraseAsync(SecretText passphrase, string name, CancellationToken cancellationToken)
    {
        // Asked before a slot is put, which nothing would name else.
        TrustEditErrors.RequireFreeRecipientName(await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false), name, repository.Store.Location);
        RecordId id = RecordId.Draw(repository.Random);
        using RecipientPrivateKey privateKey = RecipientPrivateKey.Generate();
        KeySlot slot = slots.Value.MakeRecipient(passphrase, id, privateKey);
        await TrustSlots.PutAsync(repository.Store, [slot], cancellationToken).ConfigureAwait(false);
        TrustChain chain = await CommitAsync(
            current =>
            {
                TrustEditErrors.RequireFreeRecipientName(current, name, repository.Store.Location);
                TrustBody body = Next(current) with
                {
                    AddRecipients = [TrustDraft.Recipient(id, RepositoryKeyKind.Passphrase, privateKey.PublicKey, name)],
                    AddSlots = [TrustDraft.Slot(slot)],
                };
                return TrustDraft.WithKeyringsForAdded(body, repository.RequireNewestKeyring());
            },
            cancellationToken).ConfigureAwait(false);
        return chain.Recipients.Single(recipient => recipient.Id == id);
    }

    /// <summary>Removes a recipient: starts a new epoch for the rest. What was sealed before stays open to whoever kept a key.</summary>
    /// <param name="id">The recipient.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`RecipientNotFound`, `LastRecipient`, `KeyRequired`, `RecipientRemoved`, or as every change.</exception>
    public Task RemoveRecipientAsync(RecordId id, CancellationToken cancellationToken) => CommitAsync(
        current =>
        {
            TrustEditErrors.RequireRecipient(current, id, repository.Store.Location);
            if (current.Recipients.Count(recipient => !recipient.IsRemoved) == 1)
            {
                throw TrustEditErrors.LastRecipient(repository.Store.Location);
            }

            TrustBody body = Next(current) with { RemoveRecipients = [id] };
            return TrustDraft.WithNewEpoch(body, current, repository.RequireNewestKeyring(), repository.Random);
        },
        cancellationToken);

    /// <summary>
    /// Changes a passphrase: adds a recipient, removes the old one and starts a new epoch in one record. An owner key that the same passphrase
    /// seals is sealed by the new one.
    /// </summary>
    /// <param name="oldPassphrase">The passphrase until now; stays the caller's.</param>
    /// <param name="newPassphrase">The passphrase from now on; stays the caller's.</param>
    /// <param name="name">Name to show from now on, or null for that of the old one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">`WrongSecret`, `RecipientNotFound`, `KeyNameTaken`, `KeyRequired`, `RecipientRemoved`, or as every change.</exception>
    public async Task<TrustRecipient> ChangePassphraseAsync(SecretText oldPassphrase, SecretText newPassphrase, string? name, CancellationToken cancellationToken)
    {
        TrustChain before = await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        SlotSearch old = await SlotSearch.RunAsync(repository.Store, before, KeySlotPurpose.Recipient, oldPassphrase, cancellationToken).ConfigureAwait(false);
        old.Secret.Dispose();
        TrustRecipient removed = before.Recipients.Single(recipient => string.Equals(recipient.Id.ToString(), old.Slot.For, StringComparison.Ordinal));
        TrustEditErrors.RequireFreeRecipientName(before, name ?? removed.Name, repository.Store.Location, removed.Id);
        RecordId id = RecordId.Draw(repository.Random);
        RecipientPrivateKey privateKey = RecipientPrivateKey.Generate();
        bool adopted = false;
        try
        {
            KeySlot recipientSlot = slots.Value.MakeRecipient(newPassphrase, id, privateKey);
            (KeySlot? ownerSlot, RecordId[] oldOwnerSlots) = await ResealOwnerAsync(before, oldPassphrase, newPassphrase, cancellationToken).ConfigureAwait(false);
            KeySlot[] made = ownerSlot is null ? [recipientSlot] : [recipientSlot, ownerSlot];
            await TrustSlots.PutAsync(repository.Store, made, cancellationToken).ConfigureAwait(false);
            TrustChain chain = await CommitAsync(
                current =>
                {
                    TrustEditErrors.RequireRecipient(current, removed.Id, repository.Store.Location);
                    TrustEditErrors.RequireFreeRecipientName(current, name ?? removed.Name, repository.Store.Location, removed.Id);
                    TrustBody body = Next(current) with
                    {
                        AddRecipients = [TrustDraft.Recipient(id, RepositoryKeyKind.Passphrase, privateKey.PublicKey, name ?? removed.Name)],
                        RemoveRecipients = [removed.Id],
                        AddSlots = [.. made.Select(TrustDraft.Slot)],
                        RemoveSlots = [old.Slot.Id, .. oldOwnerSlots],
                    };
                    return TrustDraft.WithNewEpoch(body, current, repository.RequireNewestKeyring(), repository.Random);
                },
                cancellationToken).ConfigureAwait(false);
            TrustRecipient added = chain.Recipients.Single(recipient => recipient.Id == id);
            if (repository.Recipient?.Id == removed.Id)
            {
                repository.Adopt(added, privateKey);
                adopted = true;
                await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
            }

            return added;
        }
        finally
        {
            if (!adopted)
            {
                privateKey.Dispose();
            }
        }
    }

    /// <summary>Admits a signer, or gives more rights to one that stands. Needs no key.</summary>
    /// <param name="key">Public half.</param>
    /// <param name="name">Name to show.</param>
    /// <param name="rights">What it may sign.</param>
    /// <param name="workloads">Workloads that it may sign for, or null for every workload.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">`RightsInvalid`, `KeyNameTaken`, or as every change; for a member without the rights the record is refused before it is put.</exception>
    public async Task<TrustSigner> AdmitSignerAsync(
        VerificationKey key, string name, SignerRights rights, IReadOnlyCollection<Guid>? workloads, CancellationToken cancellationToken)
    {
        if (rights == SignerRights.None || workloads is { Count: 0 })
        {
            throw TrustEditErrors.RightsInvalid(repository.Store.Location);
        }

        TrustChain chain = await CommitAsync(
            current =>
            {
                TrustEditErrors.RequireFreeSignerName(current, key.Fingerprint, name, repository.Store.Location);
                return Next(current) with { AdmitSigners = [TrustDraft.Signer(key, name, rights, workloads)] };
            },
            cancellationToken).ConfigureAwait(false);
        return chain.FindSigner(key.Fingerprint)!;
    }

    /// <summary>Takes all rights of a signer. Needs no key.</summary>
    /// <param name="signer">Fingerprint of the signer.</param>
    /// <param name="last">Last number of each workload that still counts.</param>
    /// <param name="keep">Hashes of records without a number that still count.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`SignerNotFound`, `LastSigner`, or as every change.</exception>
    public Task RevokeSignerAsync(
        KeyFingerprint signer, IReadOnlyDictionary<Guid, long> last, IReadOnlyCollection<RecordHash> keep, CancellationToken cancellationToken) => CommitAsync(
        current =>
        {
            if (current.FindSigner(signer) is not { IsAdmitted: true } revoked)
            {
                throw TrustEditErrors.SignerNotFound(repository.Store.Location, signer);
            }

            if (revoked.Rights.HasFlag(SignerRights.Capture)
                && !current.Signers.Any(other => other.Fingerprint != signer && other.Rights.HasFlag(SignerRights.Capture)))
            {
                throw TrustEditErrors.LastSigner(repository.Store.Location);
            }

            var revocation = new TrustRevocationBody
            {
                Fingerprint = RecordHash.FromBytes(signer.AsSpan()),
                Last = last.ToDictionary(),
                Keep = [.. keep],
            };
            return Next(current) with { RevokeSigners = [revocation] };
        },
        cancellationToken);

    /// <summary>Makes another owner, whose key is sealed by a passphrase of its own.</summary>
    /// <param name="passphrase">The new owner's passphrase; stays the caller's.</param>
    /// <param name="name">Name to show.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`KeyNameTaken`, `KeyRequired`, or as every change.</exception>
    public async Task<TrustOwner> AddOwnerAsync(SecretText passphrase, string name, CancellationToken cancellationToken)
    {
        TrustEditErrors.RequireFreeOwnerName(await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false), name, repository.Store.Location);
        using SigningKey key = SigningKey.Generate();
        KeySlot slot = slots.Value.MakeOwner(passphrase, key);
        await TrustSlots.PutAsync(repository.Store, [slot], cancellationToken).ConfigureAwait(false);
        KeyFingerprint fingerprint = key.PublicKey.Fingerprint;
        TrustChain chain = await CommitAsync(
            current =>
            {
                repository.RequireNewestKeyring();
                TrustEditErrors.RequireFreeOwnerName(current, name, repository.Store.Location);
                return Next(current) with { AdmitOwners = [TrustDraft.Owner(key.PublicKey, name)], AddSlots = [TrustDraft.Slot(slot)] };
            },
            cancellationToken).ConfigureAwait(false);
        return chain.Owners.Single(owner => owner.Fingerprint == fingerprint);
    }

    /// <summary>Removes an owner and its slots.</summary>
    /// <param name="owner">Fingerprint of the owner.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RepositoryException">`OwnerNotFound`, `LastOwner`, `KeyRequired`, or as every change.</exception>
    public Task RemoveOwnerAsync(KeyFingerprint owner, CancellationToken cancellationToken) => CommitAsync(
        current =>
        {
            repository.RequireNewestKeyring();
            if (!current.IsOwner(owner))
            {
                throw TrustEditErrors.OwnerNotFound(repository.Store.Location, owner);
            }

            return current.Owners.Count(standing => !standing.IsRemoved) > 1
                ? Next(current) with { RemoveOwners = [RecordHash.FromBytes(owner.AsSpan())] }
                : throw TrustEditErrors.LastOwner(repository.Store.Location);
        },
        cancellationToken);

    /// <summary>Releases the owner key.</summary>
    public void Dispose() => ownedKey?.Dispose();

    private async Task<(KeySlot? Made, RecordId[] Old)> ResealOwnerAsync(
        TrustChain chain, SecretText oldPassphrase, SecretText newPassphrase, CancellationToken cancellationToken)
    {
        SlotSearch found;
        try
        {
            found = await SlotSearch.RunAsync(repository.Store, chain, KeySlotPurpose.Owner, oldPassphrase, cancellationToken).ConfigureAwait(false);
        }
        catch (RepositoryException exception) when (exception.ErrorId is "WrongSecret" or "KeySlotsAbsent")
        {
            return (null, []);
        }

        using KeySlotSecret secret = found.Secret;
        using SigningKey key = SigningKey.Read(secret.PrivateKey.AsSpan());
        return (slots.Value.MakeOwner(newPassphrase, key), [found.Slot.Id]);
    }

    private TrustBody Next(TrustChain chain) => TrustDraft.Next(chain, repository.Time.GetUtcNow().UtcDateTime);

    private async Task<TrustChain> CommitAsync(Func<TrustChain, TrustBody> plan, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            TrustChain chain = await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
            if (chain.End is { } end)
            {
                throw TrustEditErrors.ChainEnded(end);
            }

            SignedRecord record = author.Sign(RecordKind.Trust, TrustDraft.Encode(plan(chain), NewestKeyring(chain), chain.Epoch));
            if (record.Bytes.Length > TrustReader.MaximumRecordSize)
            {
                throw TrustEditErrors.TooLarge(repository.Store.Location, record.Bytes.Length);
            }

            // What would not be read is not put: the name could never be used again.
            chain.Append(record);
            if (await repository.Store.PutOrOwnAsync(RepositoryNames.Trust(chain.Number + 1), record.Bytes, cancellationToken).ConfigureAwait(false))
            {
                TrustChain committed = await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
                await TrustSlots.SweepAsync(repository.Store, committed, cancellationToken).ConfigureAwait(false);
                return committed;
            }
        }

        throw TrustEditErrors.Busy(repository.Store.Location, MaximumAttempts);
    }

    private Keyring? NewestKeyring(TrustChain chain) => repository.Keyring is { } keyring && keyring.Epoch >= chain.Epoch ? keyring : null;
}
