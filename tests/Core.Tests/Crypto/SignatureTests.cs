using Portability.Core.Crypto;
using Portability.Tests;
using Xunit;

namespace Portability.Core.Tests.Crypto;

public sealed class SignatureTests
{
    private const string Header = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";
    private const string X = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
    private const string Y = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
    private const string Signature = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

    /// <summary>RFC 6979, appendix A.2.5: P-256, SHA-256, "sample".</summary>
    [Fact]
    public void Known_signature_is_accepted_and_no_other()
    {
        using VerificationKey key = VerificationKey.Read(Convert.FromHexString(Header + X + Y));
        byte[] signature = Convert.FromHexString(Signature);
        Assert.True(key.Verify("sample"u8, signature));
        Assert.False(key.Verify("Sample"u8, signature));
        Assert.False(key.Verify("sample"u8, signature.AsSpan(1)));
        Assert.False(key.Verify("sample"u8, [.. signature, 0]));
        Assert.False(key.Verify("sample"u8, new byte[64]));
        for (int at = 0; at < signature.Length; at++)
        {
            byte[] changed = [.. signature];
            changed[at] ^= 1;
            Assert.False(key.Verify("sample"u8, changed));
        }
    }

    [Fact]
    public void Keys_survive_export_and_sign_for_each_other()
    {
        using SigningKey key = SigningKey.Generate();
        using SecretBytes exported = key.Export();
        using SigningKey read = SigningKey.Read(exported.AsSpan());
        byte[] signature = new byte[VerificationKey.SignatureSize];
        read.Sign("text"u8, signature);
        Assert.True(key.PublicKey.Verify("text"u8, signature));
        Assert.Equal(key.PublicKey.Fingerprint, read.PublicKey.Fingerprint);
        using SigningKey other = SigningKey.Generate();
        Assert.False(other.PublicKey.Verify("text"u8, signature));
        Assert.NotEqual(key.PublicKey.Fingerprint, other.PublicKey.Fingerprint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData(Header + X)]
    [InlineData(Header + X + Y + "00")]
    [InlineData(Header + X + X)]
    [InlineData("3039301306072a8648ce3d020106082a8648ce3d030107032200" + "03" + X)]
    public void Other_encodings_and_points_off_the_curve_are_refused(string hex) =>
        Assert.Throws<InvalidFormatException>(() => VerificationKey.Read(Convert.FromHexString(hex)));

    [Fact]
    public void Foreign_private_keys_are_read_and_other_curves_refused()
    {
        using var folder = new TemporaryFolder();
        MakeKey(folder, "p256", "EC", "ec_paramgen_curve:P-256");
        MakeKey(folder, "p384", "EC", "ec_paramgen_curve:P-384");
        MakeKey(folder, "rsa", "RSA", "rsa_keygen_bits:2048");
        using SigningKey key = SigningKey.Read(File.ReadAllBytes(folder.File("p256")));
        ForeignTool.Check("openssl", "pkey", "-inform", "DER", "-in", folder.File("p256"), "-pubout", "-outform", "DER", "-out", folder.File("public"));
        Assert.Equal(File.ReadAllBytes(folder.File("public")), key.PublicKey.SubjectPublicKeyInfo.ToArray());
        Assert.Throws<InvalidFormatException>(() => SigningKey.Read(File.ReadAllBytes(folder.File("p384"))));
        Assert.Throws<InvalidFormatException>(() => SigningKey.Read(File.ReadAllBytes(folder.File("rsa"))));
        Assert.Throws<InvalidFormatException>(() => SigningKey.Read([.. File.ReadAllBytes(folder.File("p256")), 0]));
        Assert.Throws<InvalidFormatException>(() => SigningKey.Read(new byte[100]));
    }

    [Fact]
    public void Fingerprints_are_printed_in_groups_and_read_in_any_dress()
    {
        using VerificationKey key = VerificationKey.Read(Convert.FromHexString(Header + X + Y));
        string text = key.Fingerprint.ToString();
        Assert.Equal(16, text.Split('-').Length);
        Assert.All(text.Split('-'), group => Assert.Equal(4, group.Length));
        foreach (string typed in new[] { text, text.ToUpperInvariant(), text.Replace("-", "", StringComparison.Ordinal), text.Replace('-', ':'), text.Replace("-", " - ", StringComparison.Ordinal) })
        {
            Assert.True(KeyFingerprint.TryParse(typed, out KeyFingerprint parsed));
            Assert.True(parsed == key.Fingerprint);
        }

        Assert.False(KeyFingerprint.TryParse(text[..^1], out _));
        Assert.False(KeyFingerprint.TryParse(text + "0", out _));
        Assert.False(KeyFingerprint.TryParse("x" + text[1..], out _));
        Assert.False(KeyFingerprint.TryParse(null, out _));
        Assert.True(default(KeyFingerprint) != key.Fingerprint);
        Assert.Equal(KeyFingerprint.FromBytes(key.Fingerprint.AsSpan()).GetHashCode(), key.Fingerprint.GetHashCode());
    }

    private static void MakeKey(TemporaryFolder folder, string name, string algorithm, string option)
    {
        ForeignTool.Check("openssl", "genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", folder.File("key.pem"));
        ForeignTool.Check("openssl", "pkcs8", "-topk8", "-nocrypt", "-in", folder.File("key.pem"), "-outform", "DER", "-out", folder.File(name));
    }
}
