using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Makes bodies of trust records. Pure but for the keys it draws and the wraps it seals.</summary>
internal static class TrustDraft
{
    /// <summary>A record that follows a chain and changes nothing yet.</summary>
    public static TrustBody Next(TrustChain chain, DateTime created) => new()
    {
        Number = chain.Number + 1,
        Previous = chain.Hash,
        Epoch = Math.Max(chain.Epoch, 1),
        Mac = default,
        Created = created,
        Repository = chain.Number == 0 ? chain.Configuration.Hash : default,
    };

    /// <summary>An owner to admit.</summary>
    public static TrustOwnerBody Owner(VerificationKey key, string name) => new() { Key = key.SubjectPublicKeyInfo.ToArray(), Name = name };

    /// <summary>A signer to admit.</summary>
    public static TrustSignerBody Signer(VerificationKey key, string name, SignerRights rights, IEnumerable<Guid>? workloads) => new()
    {
        Key = key.SubjectPublicKeyInfo.ToArray(),
        Name = name,
        Rights = SignerRightNames.Write(rights),
        Workloads = workloads?.Distinct().Order().ToArray(),
    };

    /// <summary>A recipient to add.</summary>
    public static TrustRecipientBody Recipient(RecordId id, RepositoryKeyKind kind, RecipientPublicKey key, string name) => new()
    {
        Id = id,
        Kind = kind == RepositoryKeyKind.Passphrase ? "passphrase" : "certificate",
        Key = key.SubjectPublicKeyInfo.ToArray(),
        Name = name,
    };

    /// <summary>A slot to add.</summary>
    public static TrustSlotBody Slot(KeySlot slot) => new() { Id = slot.Id, Hash = slot.Hash, For = slot.For };

    /// <summary>The body with the keyring sealed to the recipients it adds.</summary>
    public static TrustBody WithKeyringsForAdded(TrustBody body, Keyring keyring) => body with
    {
        Keyrings = body.AddRecipients.ToDictionary(added => added.Id, added => Wrap(keyring, added, body.Number)),
    };

    /// <summary>The body with a new epoch, its keyring sealed to all who stand after it.</summary>
    public static TrustBody WithNewEpoch(TrustBody body, TrustChain chain, Keyring keyring, RandomSource random)
    {
        using Keyring next = keyring.WithNewEpoch(random);
        Dictionary<RecordId, byte[]> keyrings = chain.Recipients
            .Where(recipient => !recipient.IsRemoved && !body.RemoveRecipients.Contains(recipient.Id))
            .ToDictionary(recipient => recipient.Id, recipient => KeyWrap.Seal(next, recipient.Key, recipient.Id, body.Number));
        foreach (TrustRecipientBody added in body.AddRecipients)
        {
            keyrings.Add(added.Id, Wrap(next, added, body.Number));
        }

        return body with { Epoch = next.Epoch, Keyrings = keyrings };
    }

    /// <summary>The bytes to sign: with a MAC where a key is there and the record is not the first.</summary>
    public static byte[] Encode(TrustBody body, Keyring? keyring, uint epochBefore)
    {
        byte[] bytes = RecordJson.Write(body, TrustJson.Default.TrustBody);
        return keyring is null || body.Number == 1 ? bytes : TrustMac.Insert(bytes, keyring, epochBefore);
    }

    private static byte[] Wrap(Keyring keyring, TrustRecipientBody recipient, long trustNumber) =>
        KeyWrap.Seal(keyring, RecipientPublicKey.Read(recipient.Key), recipient.Id, trustNumber);
}
