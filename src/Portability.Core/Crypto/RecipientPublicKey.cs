using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Portability.Core.Crypto;

/// <summary>
/// The public key that something is sealed to: P-256 (a fresh ECDH key, HKDF-SHA-256) or RSA of 2,048 to 16,384 bits (OAEP with SHA-256).
/// Both carry one AES-256-GCM key, used once, under a nonce of zeros. Thread-safe.
/// </summary>
/// <remarks>Sealed bytes: encapsulated key (P-256: 65 bytes of uncompressed point; RSA: as long as the modulus), ciphertext, tag.</remarks>
public sealed class RecipientPublicKey
{
    private const int MinimumRsaBits = 2048;
    private const int MaximumRsaBits = 16384;
    private readonly byte[] encoded;

    private RecipientPublicKey(byte[] encoded, RecipientKeyKind kind, int encapsulationSize)
    {
        this.encoded = encoded;
        Kind = kind;
        EncapsulationSize = encapsulationSize;
        Fingerprint = KeyFingerprint.Of(encoded);
    }

    /// <summary>Which algorithm seals to this key.</summary>
    public RecipientKeyKind Kind { get; }

    /// <summary>The key, DER (RFC 5280, section 4.1).</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => encoded;

    /// <summary>What a person compares and pins.</summary>
    public KeyFingerprint Fingerprint { get; }

    /// <summary>Bytes that sealing adds to a text.</summary>
    public int Overhead => EncapsulationSize + AeadKey.TagSize;

    /// <summary>Length in bytes of the encapsulated key.</summary>
    internal int EncapsulationSize { get; }

    /// <summary>Reads a key that anyone may have made.</summary>
    /// <param name="subjectPublicKeyInfo">The key, DER.</param>
    /// <exception cref="InvalidFormatException">Neither a P-256 nor an RSA key, not its one DER form, or a size out of bounds.</exception>
    public static RecipientPublicKey Read(ReadOnlySpan<byte> subjectPublicKeyInfo)
    {
        if (P256PublicKey.HasForm(subjectPublicKeyInfo))
        {
            P256PublicKey.Read(subjectPublicKeyInfo);
            return new RecipientPublicKey(subjectPublicKeyInfo.ToArray(), RecipientKeyKind.P256, P256PublicKey.PointSize);
        }

        try
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            byte[] exported = rsa.ExportSubjectPublicKeyInfo();
            if (!subjectPublicKeyInfo.SequenceEqual(exported))
            {
                throw Error("the encoding is not DER, or bytes follow the key");
            }

            return rsa.KeySize is >= MinimumRsaBits and <= MaximumRsaBits
                ? new RecipientPublicKey(exported, RecipientKeyKind.Rsa, (rsa.KeySize + 7) / 8)
                : throw Error(FormattableString.Invariant($"an RSA key of {rsa.KeySize} bits, wanted {MinimumRsaBits} to {MaximumRsaBits}"));
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            throw Error("neither a P-256 nor an RSA key: " + exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>Takes the key of a certificate. The certificate's own trust is not asked: what counts is the fingerprint.</summary>
    /// <param name="certificate">A certificate with a P-256 or RSA key; stays the caller's.</param>
    /// <exception cref="InvalidFormatException">Another kind of key, or a size out of bounds.</exception>
    public static RecipientPublicKey FromCertificate(X509Certificate2 certificate) => Read(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    /// <summary>Seals a text to this key; the array belongs to the caller.</summary>
    /// <param name="plaintext">What to seal.</param>
    /// <param name="associatedData">What is bound to it, not stored.</param>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData)
    {
        byte[] target = new byte[checked(plaintext.Length + Overhead)];
        Span<byte> encapsulation = target.AsSpan(0, EncapsulationSize);
        using AeadKey key = Kind == RecipientKeyKind.P256 ? EncapsulateP256(encapsulation) : EncapsulateRsa(encapsulation);
        Span<byte> nonce = stackalloc byte[AeadKey.NonceSize];
        nonce.Clear();
        key.Seal(nonce, plaintext, associatedData, target.AsSpan(EncapsulationSize));
        return target;
    }

    private AeadKey EncapsulateP256(Span<byte> encapsulation)
    {
        using var recipient = ECDiffieHellman.Create(P256PublicKey.Read(encoded));
        using var ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        using ECDiffieHellmanPublicKey recipientPublic = recipient.PublicKey;
        P256PublicKey.WritePoint(ephemeral.ExportParameters(includePrivateParameters: false), encapsulation);
        return RecipientAgreement.Derive(ephemeral, recipientPublic, encapsulation, encoded);
    }

    private AeadKey EncapsulateRsa(Span<byte> encapsulation)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(encoded, out _);
        using SecretBytes secret = SecretBytes.Draw(RandomSource.System, AeadKey.KeySize);
        rsa.Encrypt(secret.AsSpan(), encapsulation, RSAEncryptionPadding.OaepSHA256);
        return new AeadKey(secret.AsSpan());
    }

    private static InvalidFormatException Error(string fact) => new("public key", "SubjectPublicKeyInfo", 0, fact);
}
