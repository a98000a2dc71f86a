using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>One location of a run.</summary>
/// <remarks>FORMAT.md section 12: content id (32), pack number (2), frame offset (4), sealed length (4), block number in the frame (2).</remarks>
/// <param name="Id">The block.</param>
/// <param name="Pack">Number of its pack in the run's table.</param>
/// <param name="Offset">Where its frame begins in the pack, in bytes.</param>
/// <param name="Length">Sealed length of the frame, in bytes.</param>
/// <param name="Block">Number of the block in the frame.</param>
internal readonly record struct LocationEntry(BlockId Id, ushort Pack, uint Offset, uint Length, ushort Block)
{
    public const int Size = BlockAt + 2;

    private const int IdAt = 0, PackAt = IdAt + BlockId.Size, OffsetAt = PackAt + 2, LengthAt = OffsetAt + 4, BlockAt = LengthAt + 4;

    public static LocationEntry Read(ReadOnlySpan<byte> source) => new(
        BlockId.Read(source[IdAt..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source[PackAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[OffsetAt..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[LengthAt..]),
        BinaryPrimitives.ReadUInt16LittleEndian(source[BlockAt..]));

    public void Write(Span<byte> target)
    {
        Id.Write(target[IdAt..]);
        BinaryPrimitives.WriteUInt16LittleEndian(target[PackAt..], Pack);
        BinaryPrimitives.WriteUInt32LittleEndian(target[OffsetAt..], Offset);
        BinaryPrimitives.WriteUInt32LittleEndian(target[LengthAt..], Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[BlockAt..], Block);
    }
}
