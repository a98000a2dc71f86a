using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portability.Core.Crypto;
using Portability.Tests;
using Xunit;

namespace Portability.Core.Tests.Crypto;

public sealed class SealedBoxTests
{
    /// <summary>Keys of RFC 5903, section 8.1; the box was made with Python's `cryptography` from the description in the type's remarks.</summary>
    [Fact]
    public void A_box_that_others_made_opens()
    {
        using RecipientPrivateKey key = RecipientPrivateKey.Read(Convert.FromHexString(
            "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433"
            + "a14403420004dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3"));
        byte[] box = Convert.FromHexString(
            "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab"
            + "64b4d33c66f8fa3b98edd57cad6b9970076078c77d90996283e1e5831caa8bcee05fb0e778e2ca216b041a35f4b99694f3");
        using SecretBytes? opened = key.TryOpen(box, "slot 7"u8);
        Assert.NotNull(opened);
        Assert.Equal("an epoch key of 32 bytes, or so.."u8.ToArray(), opened.AsSpan().ToArray());
        Assert.Null(key.TryOpen(box, "slot 8"u8));
        Assert.Equal("f2f0-eaf8-dc29-5d10-959c-904a-4d4b-4cb7-64b5-f15b-4263-628c-3a9d-fcae-785d-786b", key.PublicKey.Fingerprint.ToString());
    }

    [Fact]
    public void Only_the_recipient_opens_and_only_what_was_sealed()
    {
        using RecipientPrivateKey key = RecipientPrivateKey.Generate();
        using SecretBytes exported = key.Export();
        using RecipientPrivateKey read = RecipientPrivateKey.Read(exported.AsSpan());
        RecipientPublicKey published = RecipientPublicKey.Read(key.PublicKey.SubjectPublicKeyInfo.Span);
        byte[] text = RandomSource.System.NextBytes(77);
        byte[] box = published.Seal(text, "slot"u8);
        Assert.Equal(text.Length + published.Overhead, box.Length);
        Assert.NotEqual(box, published.Seal(text, "slot"u8));
        using (SecretBytes? opened = read.TryOpen(box, "slot"u8))
        {
            Assert.Equal(text, opened!.AsSpan().ToArray());
        }

        using RecipientPrivateKey other = RecipientPrivateKey.Generate();
        Assert.Null(other.TryOpen(box, "slot"u8));
        AssertEveryChangeIsRefused(read, box);
    }

    [Theory]
    [InlineData("RSA", "rsa_keygen_bits:2048", RecipientKeyKind.Rsa)]
    [InlineData("RSA", "rsa_keygen_bits:3072", RecipientKeyKind.Rsa)]
    [InlineData("EC", "ec_paramgen_curve:P-256", RecipientKeyKind.P256)]
    public void Certificates_serve(string algorithm, string option, RecipientKeyKind kind)
    {
        using var folder = new TemporaryFolder();
        using X509Certificate2 certificate = MakeCertificate(folder, algorithm, option);
        using var withoutKey = X509CertificateLoader.LoadCertificate(certificate.RawData);
        RecipientPublicKey published = RecipientPublicKey.FromCertificate(withoutKey);
        Assert.Equal(kind, published.Kind);
        byte[] box = published.Seal("key"u8, "slot"u8);
        using RecipientPrivateKey key = RecipientPrivateKey.FromCertificate(certificate);
        using SecretBytes? opened = key.TryOpen(box, "slot"u8);
        Assert.Equal("key"u8.ToArray(), opened!.AsSpan().ToArray());
        AssertEveryChangeIsRefused(key, box);
        StorageException error = Assert.Throws<StorageException>(() => RecipientPrivateKey.FromCertificate(withoutKey));
        Assert.Equal("CertificateKeyMissing", error.ErrorId);
    }

    [Theory]
    [InlineData("RSA", "rsa_keygen_bits:1024")]
    [InlineData("EC", "ec_paramgen_curve:P-384")]
    [InlineData("ED25519", null)]
    public void Other_keys_are_refused(string algorithm, string? option)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["genpkey", "-algorithm", algorithm, "-out", folder.File("key.pem")];
        ForeignTool.Check("openssl", option is null ? arguments : [.. arguments, "-pkeyopt", option]);
        ForeignTool.Check("openssl", "pkey", "-in", folder.File("key.pem"), "-pubout", "-outform", "DER", "-out", folder.File("public"));
        byte[] encoded = File.ReadAllBytes(folder.File("public"));
        Assert.Throws<InvalidFormatException>(() => RecipientPublicKey.Read(encoded));
    }

    [Fact]
    public void Mutated_public_keys_are_refused_with_one_kind_of_error()
    {
        using var rsa = RSA.Create(2048);
        using RecipientPrivateKey key = RecipientPrivateKey.Generate();
        byte[][] seeds = [rsa.ExportSubjectPublicKeyInfo(), key.PublicKey.SubjectPublicKeyInfo.ToArray()];
        var random = new SeededRandomSource(1);
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] changed = [.. seeds[round % 2]];
            changed[random.NextInt32(changed.Length)] ^= (byte)(1 << random.NextInt32(8));
            try
            {
                RecipientPublicKey.Read(round % 7 == 0 ? changed.AsSpan(0, random.NextInt32(changed.Length)) : changed);
            }
            catch (InvalidFormatException)
            {
                refused++;
            }
        }

        // A flipped bit of an RSA modulus is another modulus; all else is refused.
        Assert.InRange(refused, 1000, 2000);
    }

    private static void AssertEveryChangeIsRefused(RecipientPrivateKey key, byte[] box)
    {
        for (int at = 0; at < box.Length; at += key.PublicKey.Kind == RecipientKeyKind.Rsa ? 29 : 1)
        {
            byte[] changed = [.. box];
            changed[at] ^= 0x10;
            Assert.Null(key.TryOpen(changed, "slot"u8));
        }

        Assert.Null(key.TryOpen([], "slot"u8));
        Assert.Null(key.TryOpen(box.AsSpan(0, box.Length - 1), "slot"u8));
        Assert.Null(key.TryOpen(box, "other"u8));
    }

    private static X509Certificate2 MakeCertificate(TemporaryFolder folder, string algorithm, string option)
    {
        ForeignTool.Check("openssl", "genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", folder.File("key.pem"));
        ForeignTool.Check("openssl", "req", "-x509", "-new", "-key", folder.File("key.pem"), "-subj", "/CN=restore", "-days", "3", "-out", folder.File("certificate.pem"));
        return X509Certificate2.CreateFromPemFile(folder.File("certificate.pem"), folder.File("key.pem"));
    }
}
