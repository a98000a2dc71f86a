using System.Buffers;
using System.Text.Json.Serialization;
using Portability.Core.Crypto;

namespace Portability.Repository.Records;

/// <summary>SHA-256 of stored bytes, or none. In JSON 64 lower-case hex digits, or an empty string for none.</summary>
[JsonConverter(typeof(RecordHashConverter))]
public readonly struct RecordHash : IEquatable<RecordHash>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = ContentHash.Size;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private readonly byte[]? bytes;

    private RecordHash(byte[] bytes) => this.bytes = bytes;

    /// <summary>True for a default value: no hash.</summary>
    public bool IsEmpty => bytes is null;

    /// <summary>Hashes stored bytes.</summary>
    /// <param name="stored">All bytes of an object or record.</param>
    public static RecordHash Of(ReadOnlySpan<byte> stored) => new(ContentHash.Sha256(stored));

    /// <summary>Makes a hash of its bytes.</summary>
    /// <param name="hash"><see cref="Size"/> bytes; copied.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static RecordHash FromBytes(ReadOnlySpan<byte> hash) => hash.Length == Size
        ? new RecordHash(hash.ToArray())
        : throw new ArgumentException(FormattableString.Invariant($"A hash has {Size} bytes, not {hash.Length}."), nameof(hash));

    /// <summary>Reads the stored text form: 64 lower-case hex digits, or nothing.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hash">The hash; empty for an empty text.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out RecordHash hash)
    {
        hash = default;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.Length != 2 * Size || text.ContainsAnyExcept(LowerHex))
        {
            return false;
        }

        hash = new RecordHash(Convert.FromHexString(text));
        return true;
    }

    /// <summary>The bytes; none for an empty hash.</summary>
    public ReadOnlySpan<byte> AsSpan() => bytes;

    /// <summary>Lower-case hex, or nothing.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <inheritdoc/>
    public bool Equals(RecordHash other) => AsSpan().SequenceEqual(other.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RecordHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(AsSpan());
        return hash.ToHashCode();
    }

    /// <summary>Tells whether two hashes are the same.</summary>
    public static bool operator ==(RecordHash left, RecordHash right) => left.Equals(right);

    /// <summary>Tells whether two hashes differ.</summary>
    public static bool operator !=(RecordHash left, RecordHash right) => !left.Equals(right);
}
