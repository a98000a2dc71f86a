using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Repository.Tests.Keys;

public sealed class KeyWrapTests
{
    private static readonly Guid RepositoryId = Guid.Parse(FormatVectors.Repository);
    private static readonly RecordId Recipient = RecordId.FromBytes(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_keyring_opens_for_its_certificate_record_and_recipient_only(bool rsa)
    {
        using X509Certificate2 certificate = Certificate(rsa);
        using X509Certificate2 stranger = Certificate(rsa);
        using RecipientPrivateKey key = RecipientPrivateKey.FromCertificate(certificate);
        using RecipientPrivateKey other = RecipientPrivateKey.FromCertificate(stranger);
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);
        byte[] wrapped = KeyWrap.Seal(keyring, RecipientPublicKey.FromCertificate(certificate), Recipient, 3);

        using Keyring? opened = KeyWrap.TryOpen(wrapped, key, RepositoryId, Recipient, 3);

        using SecretBytes expected = keyring.Encode();
        using SecretBytes actual = opened!.Encode();
        Assert.Equal(expected.AsSpan(), actual.AsSpan());
        Assert.Null(KeyWrap.TryOpen(wrapped, other, RepositoryId, Recipient, 3));
        Assert.Null(KeyWrap.TryOpen(wrapped, key, Guid.Empty, Recipient, 3));
        Assert.Null(KeyWrap.TryOpen(wrapped, key, RepositoryId, RecordId.FromBytes(new byte[16]), 3));
        Assert.Null(KeyWrap.TryOpen(wrapped, key, RepositoryId, Recipient, 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_changed_byte_and_length_is_found(bool rsa)
    {
        using X509Certificate2 certificate = Certificate(rsa);
        using RecipientPrivateKey key = RecipientPrivateKey.FromCertificate(certificate);
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);
        byte[] wrapped = KeyWrap.Seal(keyring, key.PublicKey, Recipient, 3);
        for (int at = 0; at < wrapped.Length; at++)
        {
            wrapped[at] ^= 1;
            Assert.Null(KeyWrap.TryOpen(wrapped, key, RepositoryId, Recipient, 3));
            wrapped[at] ^= 1;
        }

        for (int length = 0; length < wrapped.Length; length++)
        {
            Assert.Null(KeyWrap.TryOpen(wrapped.AsSpan(0, length), key, RepositoryId, Recipient, 3));
        }
    }

    [Fact]
    public void Two_wraps_of_one_keyring_differ()
    {
        using RecipientPrivateKey key = RecipientPrivateKey.Generate();
        using Keyring keyring = Keyring.Create(RepositoryId, RandomSource.System);

        Assert.NotEqual(KeyWrap.Seal(keyring, key.PublicKey, Recipient, 3), KeyWrap.Seal(keyring, key.PublicKey, Recipient, 3));
    }

    internal static X509Certificate2 Certificate(bool rsa)
    {
        if (rsa)
        {
            using RSA key = RSA.Create(2048);
            return new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        }

        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=test", ec, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
