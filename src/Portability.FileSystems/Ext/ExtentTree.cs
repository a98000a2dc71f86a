using System.Buffers.Binary;

namespace Portability.FileSystems.Ext;

/// <summary>Finds blocks of a file by its extent tree. Costs a node a level.</summary>
/// <remarks>ext4 data structures, "Extent Tree".</remarks>
internal sealed class ExtentTree
{
    private readonly ExtBlocks blocks;
    private readonly ExtInode inode;

    /// <summary>Initialises a tree.</summary>
    /// <param name="blocks">The volume.</param>
    /// <param name="inode">The file.</param>
    public ExtentTree(ExtBlocks blocks, ExtInode inode)
    {
        this.blocks = blocks;
        this.inode = inode;
    }

    private string Structure => $"extent tree of inode {inode.Number}";

    /// <summary>Finds the run that a block belongs to: an extent whole, or the hole from the extent before to the next.</summary>
    /// <param name="block">Block of the file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">A node is damaged.</exception>
    public async ValueTask<BlockRun> FindAsync(ulong block, CancellationToken cancellationToken)
    {
        byte[] node = inode.Block.ToArray();
        ulong low = 0, high = 1UL << 32; // where this node's entries may lie
        ExtentHeader header = Read(node, -1);
        while (header.Depth > 0)
        {
            int entry = Search(node, header, block, low, high);
            if (entry < 0)
            {
                return Hole(low, header.Entries == 0 ? high : ExtentHeader.FirstOf(node, 0));
            }

            low = ExtentHeader.FirstOf(node, entry);
            high = entry + 1 < header.Entries ? ExtentHeader.FirstOf(node, entry + 1) : high;
            ulong child = ExtentHeader.ChildOf(node, entry);
            node = await blocks.ReadBlockAsync(child, Structure, cancellationToken).ConfigureAwait(false);
            int depth = header.Depth;
            header = Read(node, blocks.OffsetOf(child));
            RequireChecksum(node, header, blocks.OffsetOf(child));
            if (header.Depth != depth - 1)
            {
                throw ExtErrors.Invalid(blocks.Name, Structure, blocks.OffsetOf(child), FormattableString.Invariant($"a node of level {header.Depth} lies below one of level {depth}"));
            }
        }

        return FindInLeaf(node, header, block, low, high);
    }

    private static BlockRun Hole(ulong from, ulong to) => new(from, to - from, 0, FileExtentKind.Hole);

    private ExtentHeader Read(ReadOnlySpan<byte> node, long offset) =>
        ExtentHeader.TryRead(node, out string fact) ?? throw ExtErrors.Invalid(blocks.Name, Structure, offset, fact);

    private BlockRun FindInLeaf(ReadOnlySpan<byte> node, ExtentHeader header, ulong block, ulong low, ulong high)
    {
        int entry = Search(node, header, block, low, high);
        if (entry < 0)
        {
            return Hole(low, header.Entries == 0 ? high : ExtentHeader.FirstOf(node, 0));
        }

        BlockRun run = ExtentHeader.ExtentOf(node, entry);
        ulong next = entry + 1 < header.Entries ? ExtentHeader.FirstOf(node, entry + 1) : high;
        if (run.Count == 0 || run.End > next)
        {
            throw ExtErrors.Invalid(blocks.Name, Structure, -1, FormattableString.Invariant($"the extent of {run.Count} blocks at {run.First} reaches to the one at {next}"));
        }

        blocks.Require(run.Place, run.Count, Structure);
        return block < run.End ? run : Hole(run.End, next);
    }

    // The last entry that begins at or before the block; all are looked at, so that what is not in order is seen.
    private int Search(ReadOnlySpan<byte> node, ExtentHeader header, ulong block, ulong low, ulong high)
    {
        int found = -1;
        ulong before = low;
        for (int entry = 0; entry < header.Entries; entry++)
        {
            ulong first = ExtentHeader.FirstOf(node, entry);
            if (first < before || first >= high || (entry > 0 && first == before))
            {
                throw ExtErrors.Invalid(blocks.Name, Structure, -1, FormattableString.Invariant($"entry {entry} begins at block {first}, outside {before} to {high}"));
            }

            found = first <= block ? entry : found;
            before = first;
        }

        return found;
    }

    private void RequireChecksum(ReadOnlySpan<byte> node, ExtentHeader header, long offset)
    {
        int tail = ExtentHeader.Size * (header.MaximumEntries + 1);
        if (!blocks.Superblock.HasMetadataChecksums)
        {
            return;
        }

        if (tail + sizeof(uint) > node.Length)
        {
            throw ExtErrors.Invalid(blocks.Name, Structure, offset, "there is no room for its checksum");
        }

        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(node[tail..]), computed = ExtChecksum.Crc32C(inode.ChecksumSeed(blocks.Superblock), node[..tail]);
        if (stored != computed)
        {
            throw ExtErrors.Checksum(blocks.Name, Structure, offset, stored, computed);
        }
    }
}
