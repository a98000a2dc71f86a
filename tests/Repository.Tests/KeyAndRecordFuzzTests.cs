using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Repository.Tests.Signers;
using Xunit;

namespace Portability.Repository.Tests;

/// <summary>Damaged input of every kind: only <see cref="PortabilityException"/> escapes, no input takes long or much memory.</summary>
public sealed class KeyAndRecordFuzzTests
{
    private static readonly Guid RepositoryId = Guid.Parse(FormatVectors.Repository);

    [Fact]
    public void Records()
    {
        using Keyring keyring = Keyring.Decode(RepositoryId, Vector(FormatVectors.Keyring));
        using SigningKey signer = SigningKey.Read(Vector(FormatVectors.SignerKey));
        int counted = 0;
        ParserFuzz.Run(1, Vector(FormatVectors.Manifest), bytes =>
        {
            SignedRecord record = SignedRecord.Parse(bytes, "record");
            counted += record.IsSignedBy(signer.PublicKey) ? 1 : 0;
            record.OpenSealed(keyring).Dispose();
        });

        Assert.Equal(1, counted); // The sound one.
    }

    [Fact]
    public void Bodies_of_trust_records()
    {
        RepositoryConfiguration configuration = RepositoryConfiguration.Parse(Vector(FormatVectors.Configuration));
        TrustChain empty = TrustChain.Empty(configuration);
        SignedRecord first = SignedRecord.Parse(Vector(FormatVectors.Trust1), "first");
        TrustChain chain = empty.Append(first);
        using SigningKey owner = SigningKey.Read(Vector(FormatVectors.OwnerKey));
        var signer = new RecordSigner(RepositoryId, owner, RandomSource.System);
        ParserFuzz.Run(2, first.Body.ToArray(), body => empty.Append(SignReadable(signer, body)));
        ParserFuzz.Run(3, SignedRecord.Parse(Vector(FormatVectors.Trust2)).Body.ToArray(), body => chain.Append(SignReadable(signer, body)));
    }

    [Fact]
    public async Task Bodies_of_trust_records_that_remove_and_revoke()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        forge.Append(forge.AddCertificate(out RecordId second));
        TrustBody body = forge.NewEpoch(forge.Next with
        {
            RemoveRecipients = [second],
            RevokeSigners =
            [
                new TrustRevocationBody
                {
                    Fingerprint = RecordHash.FromBytes(forge.Made.Member.PublicKey.Fingerprint.AsSpan()),
                    Last = new Dictionary<Guid, long> { [Guid.Empty] = 4 },
                    Keep = [RecordHash.Of([1])],
                },
            ],
        });
        SignedRecord record = forge.Sign(body);
        var signer = new RecordSigner(forge.Made.Configuration.Id, forge.Made.Owner, RandomSource.System);
        ParserFuzz.Run(4, record.Body.ToArray(), mutated => forge.Chain.Append(SignReadable(signer, mutated)));
    }

    [Fact]
    public void Instance_records()
    {
        using SigningKey key = SigningKey.Generate();
        InstanceRecord instance = InstanceRecord.Create(RepositoryId, Guid.Parse(FormatVectors.Workload), key, RandomSource.System);
        var signer = new RecordSigner(RepositoryId, key, RandomSource.System);
        ParserFuzz.Run(5, instance.Record.Body.ToArray(), body => InstanceRecord.Parse(signer.Sign(RecordKind.Instance, body), RepositoryId));
        ParserFuzz.Run(6, instance.Record.Bytes.ToArray(), bytes => InstanceRecord.Parse(SignedRecord.Parse(bytes), RepositoryId));
    }

    [Fact]
    public void Configurations() => ParserFuzz.Run(7, Vector(FormatVectors.Configuration), bytes => RepositoryConfiguration.Parse(bytes, "place"));

    [Fact]
    public void Slots() => ParserFuzz.Run(8, Vector(FormatVectors.RecipientSlot), bytes => KeySlot.Parse(bytes, "slot"));

    [Fact]
    public void What_slots_seal()
    {
        byte[] secret = RecordJson.Write(
            new KeySlotSecretBody { Private = Vector(FormatVectors.ReaderKey), Owner = KeyFingerprint.Of([1]), Repository = RepositoryId },
            KeyJson.Default.KeySlotSecretBody);
        ParserFuzz.Run(9, secret, bytes =>
        {
            KeySlotSecretBody body = RecordJson.Read(bytes, KeyJson.Default.KeySlotSecretBody, "slot", null);
            RecipientPrivateKey.Read(body.Private).Dispose();
        });
    }

    [Fact]
    public void Keyrings() => ParserFuzz.Run(10, Vector(FormatVectors.Keyring), bytes => Keyring.Decode(RepositoryId, bytes).Dispose());

    [Fact]
    public void Wrapped_keyrings()
    {
        using RecipientPrivateKey reader = RecipientPrivateKey.Read(Vector(FormatVectors.ReaderKey));
        using Keyring keyring = Keyring.Decode(RepositoryId, Vector(FormatVectors.Keyring));
        RecordId id = default;
        int opened = 0;
        ParserFuzz.Run(11, KeyWrap.Seal(keyring, reader.PublicKey, id, 1), bytes =>
        {
            using Keyring keys = KeyWrap.TryOpen(bytes, reader, RepositoryId, id, 1) ?? throw TrustErrors.WrongSecret("memory");
            opened++;
        });

        Assert.Equal(1, opened); // The sound one.
    }

    private static byte[] Vector(string base64) => Convert.FromBase64String(base64);

    /// <summary>Signs a body that is readable at all: what is not ends in the same place without a signature.</summary>
    private static SignedRecord SignReadable(RecordSigner signer, byte[] body)
    {
        RecordJson.Read(body, TrustJson.Default.TrustBody, "trust record", null);
        return signer.Sign(RecordKind.Trust, body);
    }
}
