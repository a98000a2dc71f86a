using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.References;

/// <summary>Where a node of a reference tree lies, and what it must be.</summary>
/// <remarks>FORMAT.md section 11: object id (32), offset (4), length (4), H(child) (32).</remarks>
internal readonly record struct ReferenceNodePlace(ObjectId Object, uint Offset, uint Length, Digest Hash)
{
    public const int Size = HashAt + Digest.Size;

    private const int ObjectAt = 0, OffsetAt = ObjectAt + ObjectId.Size, LengthAt = OffsetAt + 4, HashAt = LengthAt + 4;

    public static ReferenceNodePlace Read(ReadOnlySpan<byte> source) => new(
        ObjectId.Read(source[ObjectAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[OffsetAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[LengthAt..]),
        Digest.Read(source[HashAt..]));

    public void Write(Span<byte> target)
    {
        Object.Write(target[ObjectAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[OffsetAt..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[LengthAt..], Length);
        Hash.Write(target[HashAt..]);
    }
}
