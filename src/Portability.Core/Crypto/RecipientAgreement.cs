using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>The key that both sides of a sealed box derive from their ECDH agreement.</summary>
internal static class RecipientAgreement
{
    private static ReadOnlySpan<byte> Info => "wrap"u8;

    /// <summary>Derives the key; salt is the fresh point and the recipient's key, so that neither can be exchanged.</summary>
    /// <param name="own">The private half at hand.</param>
    /// <param name="other">The public half of the other side.</param>
    /// <param name="ephemeralPoint">The fresh key's point as stored.</param>
    /// <param name="recipient">The recipient's SubjectPublicKeyInfo.</param>
    public static AeadKey Derive(ECDiffieHellman own, ECDiffieHellmanPublicKey other, ReadOnlySpan<byte> ephemeralPoint, ReadOnlySpan<byte> recipient)
    {
        byte[] shared = own.DeriveRawSecretAgreement(other);
        try
        {
            byte[] salt = [.. ephemeralPoint, .. recipient];
            return KeyDerivation.DeriveAead(shared, salt, Info);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
        }
    }
}
