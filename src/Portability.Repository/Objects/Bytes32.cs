using System.Buffers.Binary;

namespace Portability.Repository.Objects;

/// <summary>Thirty-two bytes by value, ordered as the bytes are: what <see cref="ObjectId"/>, <see cref="BlockId"/> and <see cref="Digest"/> are made of.</summary>
internal readonly record struct Bytes32(ulong First, ulong Second, ulong Third, ulong Fourth)
{
    public const int Size = FourthAt + sizeof(ulong);
    private const int FirstAt = 0, SecondAt = FirstAt + sizeof(ulong), ThirdAt = SecondAt + sizeof(ulong), FourthAt = ThirdAt + sizeof(ulong);

    public static Bytes32 Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt64BigEndian(source[FirstAt..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[SecondAt..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[ThirdAt..]),
        BinaryPrimitives.ReadUInt64BigEndian(source[FourthAt..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target[FirstAt..], First);
        BinaryPrimitives.WriteUInt64BigEndian(target[SecondAt..], Second);
        BinaryPrimitives.WriteUInt64BigEndian(target[ThirdAt..], Third);
        BinaryPrimitives.WriteUInt64BigEndian(target[FourthAt..], Fourth);
    }

    /// <summary>Parses 64 lower-case hexadecimal digits, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Bytes32 value)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != 2 * Size
            || text.ContainsAnyInRange('A', 'F')
            || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            value = default;
            return false;
        }

        value = Read(bytes);
        return true;
    }

    public int Order(Bytes32 other)
    {
        int order = First.CompareTo(other.First);
        if (order != 0)
        {
            return order;
        }

        order = Second.CompareTo(other.Second);
        if (order != 0)
        {
            return order;
        }

        order = Third.CompareTo(other.Third);
        return order != 0 ? order : Fourth.CompareTo(other.Fourth);
    }

    /// <summary>Random bytes need no mixing.</summary>
    public override int GetHashCode() => (int)First;

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        Write(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
