namespace Portability.Repository.Objects;

/// <summary>Content id of a block: its keyed hash.</summary>
/// <remarks>FORMAT.md section 6.</remarks>
public readonly struct BlockId : IEquatable<BlockId>, IComparable<BlockId>
{
    /// <summary>Length in bytes.</summary>
    public const int Size = Bytes32.Size;

    private readonly Bytes32 bytes;

    private BlockId(Bytes32 bytes) => this.bytes = bytes;

    /// <summary>True if both are the same bytes.</summary>
    public static bool operator ==(BlockId left, BlockId right) => left.bytes == right.bytes;

    /// <summary>True if they differ.</summary>
    public static bool operator !=(BlockId left, BlockId right) => left.bytes != right.bytes;

    /// <summary>True if the left one sorts before the right one.</summary>
    public static bool operator <(BlockId left, BlockId right) => left.bytes.Order(right.bytes) < 0;

    /// <summary>True if the left one does not sort behind the right one.</summary>
    public static bool operator <=(BlockId left, BlockId right) => left.bytes.Order(right.bytes) <= 0;

    /// <summary>True if the left one sorts behind the right one.</summary>
    public static bool operator >(BlockId left, BlockId right) => left.bytes.Order(right.bytes) > 0;

    /// <summary>True if the left one does not sort before the right one.</summary>
    public static bool operator >=(BlockId left, BlockId right) => left.bytes.Order(right.bytes) >= 0;

    /// <summary>Reads the first <see cref="Size"/> bytes of a span.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes.</param>
    public static BlockId Read(ReadOnlySpan<byte> source) => new(Bytes32.Read(source));

    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    /// <param name="text">The digits, nothing around them.</param>
    /// <param name="value">What they say.</param>
    /// <returns>False if the text is anything else.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out BlockId value)
    {
        bool parsed = Bytes32.TryParse(text, out Bytes32 parts);
        value = new BlockId(parts);
        return parsed;
    }

    /// <summary>Writes the bytes to the start of a span.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target) => bytes.Write(target);

    /// <summary>Orders by the bytes.</summary>
    /// <param name="other">What to compare with.</param>
    public int CompareTo(BlockId other) => bytes.Order(other.bytes);

    /// <inheritdoc/>
    public bool Equals(BlockId other) => bytes == other.bytes;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BlockId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => bytes.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => bytes.ToString();
}
