using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>What the index of a run says of one page.</summary>
/// <remarks>FORMAT.md section 12: first content id (32), offset (8), sealed length (4), entry count (4).</remarks>
internal readonly record struct LocationIndexEntry(BlockId First, long Offset, int Length, int Count)
{
    public const int Size = CountAt + 4;

    private const int FirstAt = 0, OffsetAt = FirstAt + BlockId.Size, LengthAt = OffsetAt + 8, CountAt = LengthAt + 4;

    public static LocationIndexEntry Read(ReadOnlySpan<byte> source) => new(
        BlockId.Read(source[FirstAt..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[OffsetAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[LengthAt..]),
        BinaryPrimitives.ReadInt32LittleEndian(source[CountAt..]));

    public void Write(Span<byte> target)
    {
        First.Write(target[FirstAt..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[OffsetAt..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(target[LengthAt..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[CountAt..], Count);
    }
}
