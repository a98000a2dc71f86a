using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Portability.Core.Crypto;

/// <summary>The private half that opens what was sealed to a <see cref="RecipientPublicKey"/>. Thread-safe; released on disposal.</summary>
public sealed class RecipientPrivateKey : IDisposable
{
    private readonly ECDiffieHellman? agreement;
    private readonly RSA? rsa;
    private readonly Lock gate = new();

    private RecipientPrivateKey(ECDiffieHellman agreement)
    {
        this.agreement = agreement;
        PublicKey = RecipientPublicKey.Read(P256PublicKey.Write(agreement.ExportParameters(includePrivateParameters: false)));
    }

    private RecipientPrivateKey(RSA rsa)
    {
        this.rsa = rsa;
        PublicKey = RecipientPublicKey.Read(rsa.ExportSubjectPublicKeyInfo());
    }

    /// <summary>The public half.</summary>
    public RecipientPublicKey PublicKey { get; }

    /// <summary>Makes a new P-256 key; the caller disposes it.</summary>
    public static RecipientPrivateKey Generate() => new(ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a P-256 key that a slot held; the caller disposes it.</summary>
    /// <param name="pkcs8">PrivateKeyInfo, DER (RFC 5958), not encrypted.</param>
    /// <exception cref="InvalidFormatException">Not a P-256 private key.</exception>
    public static RecipientPrivateKey Read(ReadOnlySpan<byte> pkcs8)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportPkcs8PrivateKey(pkcs8, out int read);
            P256PrivateKey.Check(key.ExportParameters(includePrivateParameters: false), pkcs8.Length, read);
            return new RecipientPrivateKey(key);
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            key.Dispose();
            throw P256PrivateKey.Error(exception.Message.TrimEnd('.'));
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Takes the private key of a certificate, which need not be exportable; the caller disposes the result.</summary>
    /// <param name="certificate">Stays the caller's.</param>
    /// <exception cref="StorageException">`CertificateKeyMissing`: the certificate has no P-256 or RSA private key here.</exception>
    /// <exception cref="InvalidFormatException">The key's size is out of bounds.</exception>
    public static RecipientPrivateKey FromCertificate(X509Certificate2 certificate)
    {
        if (certificate.GetRSAPrivateKey() is { } rsa)
        {
            return new RecipientPrivateKey(rsa);
        }

        return certificate.GetECDiffieHellmanPrivateKey() is { } agreement
            ? new RecipientPrivateKey(agreement)
            : throw new StorageException(
                "CertificateKeyMissing",
                ErrorKind.BadKey,
                $"Failed to open the private key of '{certificate.Subject}': the certificate {certificate.Thumbprint} has no RSA or P-256 key for key agreement here.",
                "Import the certificate with its private key, or run the command on the machine that holds it.",
                certificate.Thumbprint);
    }

    /// <summary>The private P-256 key as PrivateKeyInfo, DER; the caller disposes it.</summary>
    /// <exception cref="InvalidOperationException">The key is a certificate's RSA key, which is never exported.</exception>
    public SecretBytes Export()
    {
        byte[] exported = (agreement ?? throw new InvalidOperationException("An RSA key of a certificate is not exported.")).ExportPkcs8PrivateKey();
        try
        {
            return new SecretBytes(exported);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(exported);
        }
    }

    /// <summary>Opens what was sealed to the public half; the caller disposes the result.</summary>
    /// <param name="sealedText">Any bytes.</param>
    /// <param name="associatedData">What was bound to it.</param>
    /// <returns>The text, or null if it was sealed to another key, with other associated data, or was changed.</returns>
    public SecretBytes? TryOpen(ReadOnlySpan<byte> sealedText, ReadOnlySpan<byte> associatedData)
    {
        if (sealedText.Length < PublicKey.Overhead)
        {
            return null;
        }

        using AeadKey? key = Decapsulate(sealedText[..PublicKey.EncapsulationSize]);
        if (key is null)
        {
            return null;
        }

        byte[] plaintext = GC.AllocateUninitializedArray<byte>(sealedText.Length - PublicKey.Overhead, pinned: true);
        Span<byte> nonce = stackalloc byte[AeadKey.NonceSize];
        nonce.Clear();
        try
        {
            return key.TryOpen(nonce, sealedText[PublicKey.EncapsulationSize..], associatedData, plaintext) ? new SecretBytes(plaintext) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Releases the private key.</summary>
    public void Dispose()
    {
        agreement?.Dispose();
        rsa?.Dispose();
    }

    private AeadKey? Decapsulate(ReadOnlySpan<byte> encapsulation)
    {
        try
        {
            lock (gate)
            {
                return agreement is not null ? DecapsulateP256(agreement, encapsulation) : DecapsulateRsa(encapsulation);
            }
        }
        catch (Exception exception) when (exception is CryptographicException or InvalidFormatException)
        {
            return null;
        }
    }

    private AeadKey DecapsulateP256(ECDiffieHellman own, ReadOnlySpan<byte> encapsulation)
    {
        using var ephemeral = ECDiffieHellman.Create(P256PublicKey.ReadPoint(encapsulation));
        using ECDiffieHellmanPublicKey point = ephemeral.PublicKey;
        return RecipientAgreement.Derive(own, point, encapsulation, PublicKey.SubjectPublicKeyInfo.Span);
    }

    private AeadKey? DecapsulateRsa(ReadOnlySpan<byte> encapsulation)
    {
        byte[] secret = rsa!.Decrypt(encapsulation, RSAEncryptionPadding.OaepSHA256);
        try
        {
            return secret.Length == AeadKey.KeySize ? new AeadKey(secret) : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
