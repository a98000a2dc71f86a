using System.Buffers;
using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Packs;

/// <summary>What a pack holds: its frames and the content ids in them. Immutable.</summary>
/// <remarks>FORMAT.md section 9: frame count (4), then for each frame sealed length (4), block count (2), its content ids.</remarks>
internal sealed class PackDirectory
{
    /// <summary>Most sealed bytes a directory may have: what the largest pack allowed could need, with room.</summary>
    public const int MaximumSealedLength = 32 << 20;

    private const int CountSize = 4, LengthSize = 4, BlocksSize = 2;
    private readonly PackFrame[] frames;
    private readonly BlockId[] blocks;
    private readonly int[] table;

    private PackDirectory(PackFrame[] frames, BlockId[] blocks)
    {
        this.frames = frames;
        this.blocks = blocks;
        table = new int[(int)global::System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, blocks.Length * 2))];
        for (int block = 0; block < blocks.Length; block++)
        {
            int slot = Slot(blocks[block]);
            while (table[slot] != 0)
            {
                slot = (slot + 1) & (table.Length - 1);
            }

            table[slot] = block + 1;
        }
    }

    /// <summary>The frames in their order.</summary>
    public ReadOnlySpan<PackFrame> Frames => frames;

    /// <summary>Content ids of all blocks in their order.</summary>
    public ReadOnlySpan<BlockId> Blocks => blocks;

    /// <summary>Rough bytes in memory.</summary>
    public int Weight => (blocks.Length * (BlockId.Size + (4 * sizeof(int)))) + (frames.Length * 24) + 128;

    /// <summary>Sealed length in bytes of a directory.</summary>
    public static long SealedLength(long frameCount, long blockCount) =>
        CountSize + (frameCount * (LengthSize + BlocksSize)) + (blockCount * BlockId.Size) + ObjectSealer.Overhead;

    /// <summary>Appends one frame to the text of a directory; the frame count in front is the caller's.</summary>
    public static void AppendFrame(IBufferWriter<byte> text, int sealedLength, ReadOnlySpan<BlockId> ids)
    {
        int size = LengthSize + BlocksSize + (ids.Length * BlockId.Size);
        Span<byte> target = text.GetSpan(size);
        BinaryPrimitives.WriteInt32LittleEndian(target, sealedLength);
        BinaryPrimitives.WriteUInt16LittleEndian(target[LengthSize..], checked((ushort)ids.Length));
        for (int index = 0; index < ids.Length; index++)
        {
            ids[index].Write(target[(LengthSize + BlocksSize + (index * BlockId.Size))..]);
        }

        text.Advance(size);
    }

    /// <summary>Reads a directory that was opened.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="trailer">The pack's trailer, checked.</param>
    /// <param name="blockSize">Length in bytes of a block.</param>
    /// <param name="name">The pack, for errors.</param>
    /// <exception cref="InvalidFormatException">It breaks the format.</exception>
    public static PackDirectory Decode(ReadOnlySpan<byte> text, PackTrailer trailer, int blockSize, string name)
    {
        if (text.Length != SealedLength(trailer.FrameCount, trailer.BlockCount) - ObjectSealer.Overhead
            || BinaryPrimitives.ReadUInt32LittleEndian(text) != trailer.FrameCount)
        {
            throw Malformed(name, trailer.DirectoryOffset, FormattableString.Invariant($"{text.Length} bytes are not {trailer.FrameCount} frames and {trailer.BlockCount} blocks"));
        }

        var places = new PackFrame[trailer.FrameCount];
        var ids = new BlockId[trailer.BlockCount];
        long offset = ObjectHeader.Size;
        int position = CountSize, filled = 0;
        for (int number = 0; number < places.Length; number++)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(text[position..]);
            int count = BinaryPrimitives.ReadUInt16LittleEndian(text[(position + LengthSize)..]);
            position += LengthSize + BlocksSize;
            if (count == 0
                || count > FrameCodec.MaximumBlocks(blockSize)
                || count > ids.Length - filled
                || length <= FrameCodec.HeaderSize + ObjectSealer.Overhead
                || length > trailer.DirectoryOffset - offset
                || length > FrameCodec.HeaderSize + ((long)count * blockSize) + ObjectSealer.Overhead)
            {
                throw Malformed(name, trailer.DirectoryOffset + position, FormattableString.Invariant($"frame {number} has {count} blocks in {length} bytes"));
            }

            places[number] = new PackFrame(number, offset, (int)length, filled, count);
            for (int index = 0; index < count; index++, position += BlockId.Size)
            {
                ids[filled++] = BlockId.Read(text[position..]);
            }

            offset += length;
        }

        return filled == ids.Length
            ? new PackDirectory(places, ids)
            : throw Malformed(name, trailer.DirectoryOffset, FormattableString.Invariant($"its frames hold {filled} blocks, its trailer says {ids.Length}"));
    }

    /// <summary>Finds the frame that holds a block.</summary>
    /// <param name="id">The block.</param>
    /// <param name="frame">Its frame.</param>
    /// <param name="index">Its number in the frame.</param>
    /// <returns>False if the pack does not hold it.</returns>
    public bool TryFind(BlockId id, out PackFrame frame, out int index)
    {
        for (int slot = Slot(id); table[slot] != 0; slot = (slot + 1) & (table.Length - 1))
        {
            int block = table[slot] - 1;
            if (blocks[block] == id)
            {
                frame = FrameOf(block);
                index = block - frame.FirstBlock;
                return true;
            }
        }

        frame = default;
        index = -1;
        return false;
    }

    /// <summary>Finds the frame that begins at an offset.</summary>
    /// <param name="offset">Offset in the pack, in bytes.</param>
    /// <param name="frame">The frame.</param>
    public bool TryFindAt(long offset, out PackFrame frame)
    {
        int low = 0, high = frames.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (frames[middle].Offset == offset)
            {
                frame = frames[middle];
                return true;
            }

            (low, high) = frames[middle].Offset < offset ? (middle + 1, high) : (low, middle - 1);
        }

        frame = default;
        return false;
    }

    private static InvalidFormatException Malformed(string name, long offset, string fact) => Damage.Malformed("pack directory", 9, name, offset, fact);

    private int Slot(BlockId id) => id.GetHashCode() & (table.Length - 1);

    private PackFrame FrameOf(int block)
    {
        int low = 0, high = frames.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = frames[middle].FirstBlock <= block ? (middle, high) : (low, middle - 1);
        }

        return frames[low];
    }
}
