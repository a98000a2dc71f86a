using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>A private signing key: ECDSA on P-256 with SHA-256 (FIPS 186-5). Thread-safe; released on disposal.</summary>
public sealed class SigningKey : IDisposable
{
    private readonly ECDsa key;

    private SigningKey(ECDsa key)
    {
        this.key = key;
        PublicKey = VerificationKey.Read(P256PublicKey.Write(key.ExportParameters(includePrivateParameters: false)));
    }

    /// <summary>The public half; lives as long as this key.</summary>
    public VerificationKey PublicKey { get; }

    /// <summary>Makes a new key; the caller disposes it.</summary>
    public static SigningKey Generate() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key of the state directory or a slot; the caller disposes it.</summary>
    /// <param name="pkcs8">PrivateKeyInfo, DER (RFC 5958), not encrypted.</param>
    /// <exception cref="InvalidFormatException">Not a P-256 private key.</exception>
    public static SigningKey Read(ReadOnlySpan<byte> pkcs8)
    {
        var imported = ECDsa.Create();
        try
        {
            imported.ImportPkcs8PrivateKey(pkcs8, out int read);
            P256PrivateKey.Check(imported.ExportParameters(includePrivateParameters: false), pkcs8.Length, read);
            return new SigningKey(imported);
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            imported.Dispose();
            throw P256PrivateKey.Error(exception.Message.TrimEnd('.'));
        }
        catch
        {
            imported.Dispose();
            throw;
        }
    }

    /// <summary>The private key as PrivateKeyInfo, DER; the caller disposes it.</summary>
    public SecretBytes Export()
    {
        byte[] exported = key.ExportPkcs8PrivateKey();
        try
        {
            return new SecretBytes(exported);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(exported);
        }
    }

    /// <summary>Signs bytes. Two signatures over the same bytes differ: a retry sends the first again.</summary>
    /// <param name="data">Bytes to sign.</param>
    /// <param name="signature">Where the <see cref="VerificationKey.SignatureSize"/> bytes go.</param>
    public void Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        lock (key)
        {
            key.SignData(data, signature[..VerificationKey.SignatureSize], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
    }

    /// <summary>Releases both halves.</summary>
    public void Dispose()
    {
        PublicKey.Dispose();
        key.Dispose();
    }
}
