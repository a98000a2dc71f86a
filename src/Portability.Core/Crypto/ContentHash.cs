using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>SHA-256 and HMAC-SHA-256 in one call, without allocation (FIPS 180-4, RFC 2104). Thread-safe.</summary>
public static class ContentHash
{
    /// <summary>Length in bytes of both.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>Computes SHA-256.</summary>
    /// <param name="source">Bytes to hash.</param>
    /// <param name="target">Where the <see cref="Size"/> bytes go.</param>
    public static void Sha256(ReadOnlySpan<byte> source, Span<byte> target) => SHA256.HashData(source, target);

    /// <summary>Computes SHA-256; the array belongs to the caller.</summary>
    /// <param name="source">Bytes to hash.</param>
    public static byte[] Sha256(ReadOnlySpan<byte> source) => SHA256.HashData(source);

    /// <summary>Computes HMAC-SHA-256.</summary>
    /// <param name="key">Key of any length.</param>
    /// <param name="source">Bytes to authenticate.</param>
    /// <param name="target">Where the <see cref="Size"/> bytes go.</param>
    public static void HmacSha256(ReadOnlySpan<byte> key, ReadOnlySpan<byte> source, Span<byte> target) =>
        HMACSHA256.HashData(key, source, target);

    /// <summary>Compares two hashes in a time that does not depend on where they differ.</summary>
    /// <param name="left">One of them.</param>
    /// <param name="right">The other.</param>
    public static bool AreSame(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => CryptographicOperations.FixedTimeEquals(left, right);
}
