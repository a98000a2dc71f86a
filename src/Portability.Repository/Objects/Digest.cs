using Portability.Core.Crypto;

namespace Portability.Repository.Objects;

/// <summary>SHA-256 of an object, a node or a record.</summary>
/// <remarks>FORMAT.md calls it H.</remarks>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 bytes;

    private Digest(Bytes32 bytes) => this.bytes = bytes;

    /// <summary>True if both are the same bytes.</summary>
    public static bool operator ==(Digest left, Digest right) => left.bytes == right.bytes;

    /// <summary>True if they differ.</summary>
    public static bool operator !=(Digest left, Digest right) => left.bytes != right.bytes;

    /// <summary>True if the left one sorts before the right one.</summary>
    public static bool operator <(Digest left, Digest right) => left.bytes.Order(right.bytes) < 0;

    /// <summary>True if the left one does not sort behind the right one.</summary>
    public static bool operator <=(Digest left, Digest right) => left.bytes.Order(right.bytes) <= 0;

    /// <summary>True if the left one sorts behind the right one.</summary>
    public static bool operator >(Digest left, Digest right) => left.bytes.Order(right.bytes) > 0;

    /// <summary>True if the left one does not sort before the right one.</summary>
    public static bool operator >=(Digest left, Digest right) => left.bytes.Order(right.bytes) >= 0;

    /// <summary>Reads the first <see cref="Size"/> bytes of a span.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static Digest Read(ReadOnlySpan<byte> source) => new(Bytes32.Read(source));

    /// <summary>Computes the hash of bytes.</summary>
    /// <param name="source">Bytes to hash.</param>
    public static Digest Of(ReadOnlySpan<byte> source)
    {
        Span<byte> hash = stackalloc byte[Size];
        ContentHash.Sha256(source, hash);
        return Read(hash);
    }

    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The digits, nothing around them.</param>
    /// <param name="value">What they say.</param>
    /// <returns>False if the text is anything else.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest value)
    {
        bool parsed = Bytes32.TryParse(text, out Bytes32 parts);
        value = new Digest(parts);
        return parsed;
    }

    /// <summary>Writes the bytes to the start of a span.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target) => bytes.Write(target);

    /// <summary>Orders by the bytes.</summary>
    /// <param name="other">What to compare with.</param>
    public int CompareTo(Digest other) => bytes.Order(other.bytes);

    /// <inheritdoc/>
    public bool Equals(Digest other) => bytes == other.bytes;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => bytes.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => bytes.ToString();
}
