using System.Diagnostics.CodeAnalysis;

namespace Portability.Core.Crypto;

/// <summary>SHA-256 of a public key's SubjectPublicKeyInfo: what a person compares and pins. Printed as 16 groups of 4 hex digits.</summary>
public readonly struct KeyFingerprint : IEquatable<KeyFingerprint>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = ContentHash.Size;

    private const int GroupLength = 4;
    private readonly byte[]? bytes;

    private KeyFingerprint(byte[] bytes) => this.bytes = bytes;

    /// <summary>Computes the fingerprint of a public key.</summary>
    /// <param name="subjectPublicKeyInfo">The key, DER (RFC 5280, section 4.1).</param>
    public static KeyFingerprint Of(ReadOnlySpan<byte> subjectPublicKeyInfo) => new(ContentHash.Sha256(subjectPublicKeyInfo));

    /// <summary>Makes a fingerprint of stored bytes.</summary>
    /// <param name="bytes"><see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static KeyFingerprint FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new KeyFingerprint(bytes.ToArray())
        : throw new ArgumentException(FormattableString.Invariant($"A fingerprint has {Size} bytes, not {bytes.Length}."), nameof(bytes));

    /// <summary>Reads what a person typed: 64 hex digits in any case, with hyphens, colons and spaces anywhere.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fingerprint">The fingerprint.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out KeyFingerprint fingerprint)
    {
        fingerprint = default;
        if (text is null)
        {
            return false;
        }

        Span<char> digits = stackalloc char[2 * Size];
        int count = 0;
        foreach (char digit in text)
        {
            if (digit is '-' or ':' or ' ')
            {
                continue;
            }

            if (count == digits.Length || !char.IsAsciiHexDigit(digit))
            {
                return false;
            }

            digits[count++] = digit;
        }

        if (count != digits.Length)
        {
            return false;
        }

        fingerprint = new KeyFingerprint(Convert.FromHexString(digits));
        return true;
    }

    /// <summary>Writes the bytes.</summary>
    /// <param name="target">Where the <see cref="Size"/> bytes go.</param>
    public void CopyTo(Span<byte> target) => AsSpan().CopyTo(target);

    /// <summary>The bytes; zeros for a default value.</summary>
    public ReadOnlySpan<byte> AsSpan() => bytes ?? new byte[Size];

    /// <summary>Grouped lower-case hex, for example `3b1f-...-90ac`.</summary>
    public override string ToString() =>
        string.Join('-', Convert.ToHexStringLower(AsSpan()).Chunk(GroupLength).Select(group => new string(group)));

    /// <inheritdoc/>
    public bool Equals(KeyFingerprint other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KeyFingerprint other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Tells whether two fingerprints are the same.</summary>
    public static bool operator ==(KeyFingerprint left, KeyFingerprint right) => left.Equals(right);

    /// <summary>Tells whether two fingerprints differ.</summary>
    public static bool operator !=(KeyFingerprint left, KeyFingerprint right) => !left.Equals(right);
}
