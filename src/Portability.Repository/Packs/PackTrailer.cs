using System.Buffers.Binary;
using Portability.Core.Checksums;
using Portability.Repository.Objects;

namespace Portability.Repository.Packs;

/// <summary>Last bytes of a pack: where its directory lies.</summary>
/// <remarks>FORMAT.md section 9: 40 bytes, little-endian, CRC-32C of the first 36.</remarks>
/// <param name="DirectoryOffset">Where the sealed directory begins, in bytes.</param>
/// <param name="DirectoryLength">Its sealed length in bytes.</param>
/// <param name="FrameCount">Frames in the pack.</param>
/// <param name="BlockCount">Blocks in all of them.</param>
internal readonly record struct PackTrailer(long DirectoryOffset, int DirectoryLength, int FrameCount, int BlockCount)
{
    public const int Size = ChecksumAt + 4;

    private const int OffsetAt = 0, LengthAt = OffsetAt + 8, FramesAt = LengthAt + 4, BlocksAt = FramesAt + 4, ZeroAt = BlocksAt + 4,
        MagicAt = ZeroAt + 8, ChecksumAt = MagicAt + 8;

    private static ReadOnlySpan<byte> Magic => "WPPKEND1"u8;

    /// <summary>Reads and checks a trailer.</summary>
    /// <param name="source">The last <see cref="Size"/> bytes of the pack.</param>
    /// <param name="packLength">The pack's length in bytes.</param>
    /// <param name="name">The pack, for errors.</param>
    /// <exception cref="PortabilityException">It is damaged or breaks the format.</exception>
    public static PackTrailer Read(ReadOnlySpan<byte> source, long packLength, string name)
    {
        long at = packLength - Size;
        if (source.Length != Size
            || !source.Slice(MagicAt, Magic.Length).SequenceEqual(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumAt..]) != Crc32C.Compute(source[..ChecksumAt]))
        {
            throw Damage.At(name, at, "stands no trailer of a pack, or its checksum does not fit");
        }

        long offset = BinaryPrimitives.ReadInt64LittleEndian(source[OffsetAt..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(source[LengthAt..]);
        uint frames = BinaryPrimitives.ReadUInt32LittleEndian(source[FramesAt..]);
        uint blocks = BinaryPrimitives.ReadUInt32LittleEndian(source[BlocksAt..]);
        if (offset < ObjectHeader.Size
            || offset > at
            || length != at - offset
            || length != PackDirectory.SealedLength(frames, blocks)
            || length > PackDirectory.MaximumSealedLength
            || BinaryPrimitives.ReadUInt64LittleEndian(source[ZeroAt..]) != 0)
        {
            throw Damage.Malformed(
                "pack trailer", 9, name, at, FormattableString.Invariant($"a directory of {frames} frames and {blocks} blocks, {length} bytes at 0x{offset:X}, does not fit"));
        }

        return new PackTrailer(offset, (int)length, (int)frames, (int)blocks);
    }

    /// <summary>Writes the trailer.</summary>
    /// <param name="target">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64LittleEndian(target[OffsetAt..], DirectoryOffset);
        BinaryPrimitives.WriteInt32LittleEndian(target[LengthAt..], DirectoryLength);
        BinaryPrimitives.WriteInt32LittleEndian(target[FramesAt..], FrameCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[BlocksAt..], BlockCount);
        target.Slice(ZeroAt, MagicAt - ZeroAt).Clear();
        Magic.CopyTo(target[MagicAt..]);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumAt..], Crc32C.Compute(target[..ChecksumAt]));
    }
}
