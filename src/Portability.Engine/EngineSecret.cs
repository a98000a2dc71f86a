using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portability.Core.Crypto;

namespace Portability.Engine;

/// <summary>What opens a repository: a passphrase or a certificate. Prints as `***`; zeroed on disposal.</summary>
public sealed class EngineSecret : IDisposable
{
    private EngineSecret(SecretText? passphrase, X509Certificate2? certificate)
    {
        Passphrase = passphrase;
        Certificate = certificate;
    }

    /// <summary>The certificate, or null; it stays the caller's to dispose.</summary>
    public X509Certificate2? Certificate { get; }

    /// <summary>The passphrase, or null.</summary>
    internal SecretText? Passphrase { get; }

    /// <summary>Takes a copy of a passphrase.</summary>
    /// <param name="passphrase">The passphrase; stays the caller's.</param>
    /// <exception cref="ArgumentException">It holds half a surrogate pair.</exception>
    public static EngineSecret FromPassphrase(SecureString passphrase)
    {
        nint copy = Marshal.SecureStringToGlobalAllocUnicode(passphrase);
        char[] text = GC.AllocateUninitializedArray<char>(passphrase.Length, pinned: true);
        try
        {
            Marshal.Copy(copy, text, 0, text.Length);
            return FromPassphrase(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(text.AsSpan()));
            Marshal.ZeroFreeGlobalAllocUnicode(copy);
        }
    }

    /// <summary>Takes a copy of a passphrase.</summary>
    /// <param name="passphrase">The passphrase; stays the caller's to zero.</param>
    /// <exception cref="ArgumentException">It holds half a surrogate pair.</exception>
    public static EngineSecret FromPassphrase(ReadOnlySpan<char> passphrase) => new(new SecretText(passphrase), null);

    /// <summary>Names a certificate: to open with, its private key must be there; to admit a recipient, the public half is enough.</summary>
    /// <param name="certificate">RSA from 2048 bits, or EC P-256.</param>
    public static EngineSecret FromCertificate(X509Certificate2 certificate) => new(null, certificate);

    /// <summary>Always `***`.</summary>
    public override string ToString() => "***";

    /// <summary>Zeroes the passphrase.</summary>
    public void Dispose() => Passphrase?.Dispose();
}
