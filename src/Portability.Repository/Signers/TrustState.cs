using System.Collections.Immutable;
using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>What stands after a trust record. Immutable: applying a record gives a new state, or an error and no state.</summary>
internal sealed record TrustState
{
    public static TrustState Empty { get; } = new();

    public long Number { get; init; }

    public RecordHash Hash { get; init; }

    public uint Epoch { get; init; }

    public ImmutableSortedDictionary<string, TrustOwner> Owners { get; init; } = ImmutableSortedDictionary.Create<string, TrustOwner>(StringComparer.Ordinal);

    public ImmutableSortedDictionary<string, TrustSigner> Signers { get; init; } = ImmutableSortedDictionary.Create<string, TrustSigner>(StringComparer.Ordinal);

    public ImmutableDictionary<RecordId, TrustRecipient> Recipients { get; init; } = ImmutableDictionary<RecordId, TrustRecipient>.Empty;

    public ImmutableDictionary<RecordId, TrustSlot> Slots { get; init; } = ImmutableDictionary<RecordId, TrustSlot>.Empty;

    public ImmutableDictionary<RecordId, WrappedKeyring> Keyrings { get; init; } = ImmutableDictionary<RecordId, WrappedKeyring>.Empty;

    public static string Key(KeyFingerprint fingerprint) => FingerprintConverter.ToHex(fingerprint);

    public bool IsOwner(KeyFingerprint fingerprint) => Owners.TryGetValue(Key(fingerprint), out TrustOwner? owner) && !owner.IsRemoved;

    /// <summary>The state after a record whose number, link, author and MAC rules were checked.</summary>
    /// <exception cref="InvalidFormatException">The changes contradict each other or what stands, or a public key is none.</exception>
    public TrustState Apply(TrustBody body, RecordHash hash)
    {
        TrustState next = this with { Number = body.Number, Hash = hash, Epoch = body.Epoch };
        next = next.WithOwners(body).WithSigners(body).WithRecipients(body).WithSlots(body).WithKeyrings(body);
        bool removes = body.RemoveRecipients.Length > 0;
        uint lowest = Number == 0 ? 1 : removes ? Epoch + 1 : Epoch;
        uint highest = Number == 0 ? 1 : Epoch + 1;
        if (body.Epoch < lowest || body.Epoch > highest)
        {
            throw TrustRefusal.Because(FormattableString.Invariant($"epoch {body.Epoch} follows {Epoch}{(removes ? " though recipients are removed" : string.Empty)}"));
        }

        bool newEpoch = body.Epoch != Epoch;
        foreach (TrustRecipient recipient in next.Recipients.Values)
        {
            bool needsKeyring = !recipient.IsRemoved && (newEpoch || recipient.TrustNumber == body.Number);
            if (needsKeyring && !body.Keyrings.ContainsKey(recipient.Id))
            {
                throw TrustRefusal.Because($"the keyring of recipient {recipient.Id} is missing");
            }
        }

        return next;
    }

    private TrustState WithOwners(TrustBody body)
    {
        TrustState next = this;
        foreach (TrustOwnerBody admitted in body.AdmitOwners)
        {
            VerificationKey key = VerificationKey.Read(admitted.Key);
            if (next.IsOwner(key.Fingerprint))
            {
                throw TrustRefusal.Because($"owner {key.Fingerprint} is admitted twice");
            }

            var owner = new TrustOwner { Key = key, Name = admitted.Name, TrustNumber = body.Number, AddedUtc = body.Created };
            next = next with { Owners = next.Owners.SetItem(Key(key.Fingerprint), owner) };
        }

        foreach (RecordHash removed in body.RemoveOwners)
        {
            if (!next.Owners.TryGetValue(removed.ToString(), out TrustOwner? owner) || owner.IsRemoved)
            {
                throw TrustRefusal.Because($"owner {removed} is removed, but does not stand");
            }

            next = next with { Owners = next.Owners.SetItem(removed.ToString(), owner with { IsRemoved = true }) };
        }

        return next;
    }

    private TrustState WithSigners(TrustBody body)
    {
        TrustState next = this;
        foreach (TrustRevocationBody revoked in body.RevokeSigners)
        {
            if (next.Signers.TryGetValue(revoked.Fingerprint.ToString(), out TrustSigner? signer))
            {
                next = next with { Signers = next.Signers.SetItem(revoked.Fingerprint.ToString(), Revoke(signer, revoked, body.Number)) };
            }
        }

        foreach (TrustSignerBody admitted in body.AdmitSigners)
        {
            VerificationKey key = VerificationKey.Read(admitted.Key);
            TrustSigner signer = next.Signers.GetValueOrDefault(Key(key.Fingerprint)) ?? new TrustSigner { Key = key, Name = admitted.Name, Grants = [] };
            var grant = new SignerGrant
            {
                Rights = SignerRightNames.Read(admitted.Rights),
                Workloads = admitted.Workloads?.ToImmutableHashSet(),
                TrustNumber = body.Number,
                AddedUtc = body.Created,
            };
            next = next with { Signers = next.Signers.SetItem(Key(key.Fingerprint), signer with { Name = admitted.Name, Grants = signer.Grants.Add(grant) }) };
        }

        return next;
    }

    private static TrustSigner Revoke(TrustSigner signer, TrustRevocationBody revoked, long number)
    {
        IEnumerable<SignerGrant> grants = signer.Grants.Select(grant => grant.Stands
            ? grant with { RevokedBy = number, Last = revoked.Last.ToImmutableDictionary(), Keep = [.. revoked.Keep] }
            : grant);
        return signer with { Grants = [.. grants] };
    }

    private TrustState WithRecipients(TrustBody body)
    {
        TrustState next = this;
        foreach (TrustRecipientBody added in body.AddRecipients)
        {
            RepositoryKeyKind kind = added.Kind switch
            {
                "passphrase" => RepositoryKeyKind.Passphrase,
                "certificate" => RepositoryKeyKind.Certificate,
                _ => throw TrustRefusal.Because($"recipient {added.Id} is neither a passphrase nor a certificate"),
            };
            if (next.Recipients.ContainsKey(added.Id))
            {
                throw TrustRefusal.Because($"recipient {added.Id} is added twice");
            }

            var recipient = new TrustRecipient
            {
                Id = added.Id,
                Kind = kind,
                Key = RecipientPublicKey.Read(added.Key),
                Name = added.Name,
                TrustNumber = body.Number,
                AddedUtc = body.Created,
            };
            next = next with { Recipients = next.Recipients.Add(added.Id, recipient) };
        }

        foreach (RecordId removed in body.RemoveRecipients)
        {
            if (!next.Recipients.TryGetValue(removed, out TrustRecipient? recipient) || recipient.IsRemoved)
            {
                throw TrustRefusal.Because($"recipient {removed} is removed, but does not stand");
            }

            next = next with
            {
                Recipients = next.Recipients.SetItem(removed, recipient with { IsRemoved = true }),
                Keyrings = next.Keyrings.Remove(removed),
            };
        }

        return next;
    }

    private TrustState WithSlots(TrustBody body)
    {
        TrustState next = this;
        foreach (TrustSlotBody added in body.AddSlots)
        {
            if (next.Slots.ContainsKey(added.Id) || added.Hash.IsEmpty || !next.Stands(added.For))
            {
                throw TrustRefusal.Because($"slot {added.Id} is added twice, has no hash, or is for nobody who stands");
            }

            next = next with { Slots = next.Slots.Add(added.Id, new TrustSlot { Id = added.Id, Hash = added.Hash, For = added.For }) };
        }

        foreach (RecordId removed in body.RemoveSlots)
        {
            if (!next.Slots.TryGetValue(removed, out TrustSlot? slot))
            {
                throw TrustRefusal.Because($"slot {removed} is removed, but was never added");
            }

            next = next with { Slots = next.Slots.SetItem(removed, slot with { IsRemoved = true }) };
        }

        foreach (TrustSlot slot in next.Slots.Values.Where(slot => !slot.IsRemoved && !next.Stands(slot.For)).ToArray())
        {
            next = next with { Slots = next.Slots.SetItem(slot.Id, slot with { IsRemoved = true }) };
        }

        return next;
    }

    private TrustState WithKeyrings(TrustBody body)
    {
        TrustState next = this;
        foreach ((RecordId id, byte[] wrapped) in body.Keyrings)
        {
            if (!next.Recipients.TryGetValue(id, out TrustRecipient? recipient) || recipient.IsRemoved)
            {
                throw TrustRefusal.Because($"a keyring is wrapped to recipient {id}, who does not stand");
            }

            next = next with { Keyrings = next.Keyrings.SetItem(id, new WrappedKeyring(body.Number, body.Epoch, wrapped)) };
        }

        return next;
    }

    private bool Stands(string whom) =>
        (Owners.TryGetValue(whom, out TrustOwner? owner) && !owner.IsRemoved)
        || (RecordId.TryParse(whom, out RecordId id) && Recipients.TryGetValue(id, out TrustRecipient? recipient) && !recipient.IsRemoved);
}
