using Portability.Core.Crypto;

namespace Portability.Repository.Objects;

/// <summary>Name of a stored object: random bytes, drawn when it is opened and never used again.</summary>
/// <remarks>FORMAT.md sections 2 and 6.</remarks>
public readonly struct ObjectId : IEquatable<ObjectId>, IComparable<ObjectId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 bytes;

    private ObjectId(Bytes32 bytes) => this.bytes = bytes;

    /// <summary>True if both are the same bytes.</summary>
    public static bool operator ==(ObjectId left, ObjectId right) => left.bytes == right.bytes;

    /// <summary>True if they differ.</summary>
    public static bool operator !=(ObjectId left, ObjectId right) => left.bytes != right.bytes;

    /// <summary>True if the left one sorts before the right one.</summary>
    public static bool operator <(ObjectId left, ObjectId right) => left.bytes.Order(right.bytes) < 0;

    /// <summary>True if the left one does not sort behind the right one.</summary>
    public static bool operator <=(ObjectId left, ObjectId right) => left.bytes.Order(right.bytes) <= 0;

    /// <summary>True if the left one sorts behind the right one.</summary>
    public static bool operator >(ObjectId left, ObjectId right) => left.bytes.Order(right.bytes) > 0;

    /// <summary>True if the left one does not sort before the right one.</summary>
    public static bool operator >=(ObjectId left, ObjectId right) => left.bytes.Order(right.bytes) >= 0;

    /// <summary>Reads the first <see cref="Size"/> bytes of a span.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static ObjectId Read(ReadOnlySpan<byte> source) => new(Bytes32.Read(source));

    /// <summary>Draws a new one.</summary>
    /// <param name="random">Where the bytes come from.</param>
    public static ObjectId Draw(RandomSource random)
    {
        Span<byte> drawn = stackalloc byte[Size];
        random.Fill(drawn);
        return Read(drawn);
    }

    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The digits, nothing around them.</param>
    /// <param name="value">What they say.</param>
    /// <returns>False if the text is anything else.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out ObjectId value)
    {
        bool parsed = Bytes32.TryParse(text, out Bytes32 parts);
        value = new ObjectId(parts);
        return parsed;
    }

    /// <summary>Writes the bytes to the start of a span.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target) => bytes.Write(target);

    /// <summary>Orders by the bytes.</summary>
    /// <param name="other">What to compare with.</param>
    public int CompareTo(ObjectId other) => bytes.Order(other.bytes);

    /// <inheritdoc/>
    public bool Equals(ObjectId other) => bytes == other.bytes;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ObjectId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => bytes.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => bytes.ToString();
}
