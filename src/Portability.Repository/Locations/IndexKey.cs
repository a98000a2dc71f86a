using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>First half of a content id: what the local index is sorted by. Whoever finds one looks into the pack for the whole id.</summary>
internal readonly record struct IndexKey(ulong High, ulong Low)
{
    public const int Size = LowAt + 8;

    private const int HighAt = 0, LowAt = HighAt + 8;

    public static IndexKey Of(BlockId id)
    {
        Span<byte> bytes = stackalloc byte[BlockId.Size];
        id.Write(bytes);
        return Read(bytes);
    }

    public static IndexKey Read(ReadOnlySpan<byte> source) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(source[HighAt..]), BinaryPrimitives.ReadUInt64BigEndian(source[LowAt..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64BigEndian(target[HighAt..], High);
        BinaryPrimitives.WriteUInt64BigEndian(target[LowAt..], Low);
    }

    public int Order(IndexKey other)
    {
        int order = High.CompareTo(other.High);
        return order != 0 ? order : Low.CompareTo(other.Low);
    }
}
