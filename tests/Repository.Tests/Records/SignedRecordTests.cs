using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Repository.Tests.Records;

public sealed class SignedRecordTests
{
    private static readonly Guid RepositoryId = new("11223344-5566-4788-99aa-bbccddeeff00");

    [Fact]
    public void What_was_signed_is_parsed_and_verified()
    {
        using SigningKey key = SigningKey.Generate();
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);
        SignedRecord built = new RecordSigner(RepositoryId, key, RandomSource.System).Sign(RecordKind.Manifest, "{}"u8, keyring, "secret"u8);

        SignedRecord parsed = SignedRecord.Parse(built.Bytes, "snapshots/x");

        Assert.True(parsed.IsSignedBy(key.PublicKey));
        Assert.Equal(RecordKind.Manifest, parsed.Kind);
        Assert.Equal("{}", Encoding.UTF8.GetString(parsed.Body.Span));
        using SecretBytes opened = parsed.OpenSealed(keyring);
        Assert.Equal("secret"u8, opened.AsSpan());
        Assert.Equal(built.Hash, parsed.Hash);
    }

    [Fact]
    public void Every_changed_byte_is_found()
    {
        using SigningKey key = SigningKey.Generate();
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);
        byte[] bytes = new RecordSigner(RepositoryId, key, RandomSource.System).Sign(RecordKind.Void, "{\"a\":1}"u8, keyring, "s"u8).Bytes.ToArray();
        for (int at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x20;
            Assert.False(Counts(bytes, key.PublicKey));
            bytes[at] ^= 0x20;
        }

        Assert.True(Counts(bytes, key.PublicKey));
    }

    [Fact]
    public void A_signature_of_another_key_does_not_count()
    {
        using SigningKey key = SigningKey.Generate();
        using SigningKey other = SigningKey.Generate();
        SignedRecord record = new RecordSigner(RepositoryId, key, RandomSource.System).Sign(RecordKind.Lease, "{}"u8);

        Assert.False(record.IsSignedBy(other.PublicKey));
    }

    [Fact]
    public void Each_record_has_an_id_of_its_own()
    {
        using SigningKey key = SigningKey.Generate();
        var signer = new RecordSigner(RepositoryId, key, RandomSource.System);

        Assert.NotEqual(signer.Sign(RecordKind.Lease, "{}"u8).Id, signer.Sign(RecordKind.Lease, "{}"u8).Id);
    }

    private static bool Counts(byte[] bytes, VerificationKey key)
    {
        try
        {
            return SignedRecord.Parse(bytes).IsSignedBy(key);
        }
        catch (PortabilityException)
        {
            return false;
        }
    }
}
