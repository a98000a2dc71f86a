using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>Keys from keys (HKDF-SHA-256, RFC 5869). Thread-safe.</summary>
public static class KeyDerivation
{
    /// <summary>Derives a key.</summary>
    /// <param name="secret">A strong secret: a random key or a key agreement's result.</param>
    /// <param name="salt">Not secret; may be empty.</param>
    /// <param name="info">Separates the uses of one secret.</param>
    /// <param name="target">Filled with key bytes, at most 8,160.</param>
    public static void Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info, Span<byte> target) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, target, salt, info);

    /// <summary>Derives an AES-256-GCM key; the caller disposes it.</summary>
    /// <param name="secret">A strong secret.</param>
    /// <param name="salt">Not secret; may be empty.</param>
    /// <param name="info">Separates the uses of one secret.</param>
    public static AeadKey DeriveAead(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info)
    {
        Span<byte> key = stackalloc byte[AeadKey.KeySize];
        try
        {
            Derive(secret, salt, info, key);
            return new AeadKey(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
