using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>Finds blocks of a file by the map of ext2 and ext3: twelve blocks, and one, two and three levels of blocks of numbers.</summary>
/// <remarks>ext4 data structures, "Direct/Indirect Block Addressing".</remarks>
internal sealed class ExtBlockMap
{
    private const int DirectBlocks = 12;
    private const int Levels = 3;

    private readonly ExtBlocks blocks;
    private readonly ExtInode inode;
    private readonly int numbersBits;

    /// <summary>Initialises a map.</summary>
    /// <param name="blocks">The volume.</param>
    /// <param name="inode">The file.</param>
    public ExtBlockMap(ExtBlocks blocks, ExtInode inode)
    {
        this.blocks = blocks;
        this.inode = inode;
        numbersBits = blocks.Superblock.BlockSizeBits - 2;
    }

    private string Structure => $"block map of inode {inode.Number}";

    /// <summary>Finds a run that a block belongs to, as far as one block of numbers tells.</summary>
    /// <param name="block">Block of the file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">A number lies outside the volume.</exception>
    public async ValueTask<BlockRun> FindAsync(ulong block, CancellationToken cancellationToken)
    {
        if (block < DirectBlocks)
        {
            return Run(inode.Block[..(DirectBlocks * 4)], (int)block, 0);
        }

        ulong first = DirectBlocks;
        for (int level = 1; level <= Levels; level++)
        {
            ulong span = 1UL << (numbersBits * level);
            if (block - first < span)
            {
                return await FindAsync(BinaryPrimitives.ReadUInt32LittleEndian(inode.Block[((DirectBlocks + level - 1) * 4)..]), level, first, block, cancellationToken).ConfigureAwait(false);
            }

            first += span;
        }

        return new BlockRun(first, ulong.MaxValue - first, 0, FileExtentKind.Hole); // nothing can lie there
    }

    private async ValueTask<BlockRun> FindAsync(uint table, int level, ulong first, ulong block, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (table == 0)
            {
                return new BlockRun(first, 1UL << (numbersBits * level), 0, FileExtentKind.Hole);
            }

            byte[] numbers = await blocks.ReadBlockAsync(table, Structure, cancellationToken).ConfigureAwait(false);
            level--;
            int index = (int)((block - first) >> (numbersBits * level));
            if (level == 0)
            {
                return Run(numbers, index, first);
            }

            first += (ulong)index << (numbersBits * level);
            table = BinaryPrimitives.ReadUInt32LittleEndian(numbers.AsSpan(index * 4));
        }
    }

    // The blocks around an index that follow each other, or are all missing.
    private BlockRun Run(ReadOnlySpan<byte> numbers, int index, ulong first)
    {
        uint place = Number(numbers, index);
        int end = index + 1;
        while (end < numbers.Length / 4 && Number(numbers, end) == (place == 0 ? 0 : place + (uint)(end - index)))
        {
            end++;
        }

        ulong count = (ulong)(end - index);
        if (place == 0)
        {
            return new BlockRun(first + (ulong)index, count, 0, FileExtentKind.Hole);
        }

        blocks.Require(place, count, Structure);
        return new BlockRun(first + (ulong)index, count, place, FileExtentKind.Data);
    }

    private static uint Number(ReadOnlySpan<byte> numbers, int index) => BinaryPrimitives.ReadUInt32LittleEndian(numbers[(index * 4)..]);
}
