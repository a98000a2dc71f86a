using System.Buffers;
using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Ext;

/// <summary>
/// Lists a directory, block by block or inline, and finds names in it by its index. Blocks of the index hold no entries in use, so that a list
/// reads them all alike.
/// </summary>
/// <remarks>ext4 data structures, "Directory Entries", "Hash Tree Directories", "Inline Data".</remarks>
internal sealed class ExtDirectory
{
    private const int InlineParentSize = 4;

    private readonly ExtBlocks blocks;
    private readonly ExtInode inode;

    /// <summary>Initialises a directory.</summary>
    /// <param name="blocks">The volume.</param>
    /// <param name="inode">Its inode.</param>
    public ExtDirectory(ExtBlocks blocks, ExtInode inode)
    {
        this.blocks = blocks;
        this.inode = inode;
    }

    private string Structure => $"directory {inode.Number}";

    /// <summary>Lists the entries.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">A block is damaged.</exception>
    public async IAsyncEnumerable<DirectoryEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = new List<DirectoryEntry>();
        if (inode.Flags.HasFlag(ExtInodeFlags.InlineData))
        {
            Read(inode.Block[InlineParentSize..], -1, entries);
            Read((await new ExtAttributes(blocks).InlineDataAsync(inode, cancellationToken).ConfigureAwait(false)).Span, -1, entries);
            foreach (DirectoryEntry entry in entries)
            {
                yield return entry;
            }

            yield break;
        }

        ExtStream stream = Stream(out ulong count);
        int blockSize = blocks.Superblock.BlockSize;
        byte[] block = ArrayPool<byte>.Shared.Rent(blockSize);
        try
        {
            for (ulong number = 0; number < count; number++)
            {
                BlockRun run = await stream.FindAsync(number, cancellationToken).ConfigureAwait(false);
                if (run.Kind != FileExtentKind.Data)
                {
                    number = run.End - 1; // a hole holds no names
                    continue;
                }

                long offset = await ReadBlockAsync(run, number, block.AsMemory(0, blockSize), cancellationToken).ConfigureAwait(false);
                entries.Clear();
                Read(block.AsSpan(0, blockSize), offset, entries);
                foreach (DirectoryEntry entry in entries)
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Finds a name by the index: costs its height, and the blocks that one hash fills.</summary>
    /// <param name="name">The name, as it is stored.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Whether the index tells, and the entry or null. It does not tell where there is none, or it is damaged, or of a kind that is not known.</returns>
    /// <exception cref="InvalidFormatException">A block is damaged.</exception>
    public async ValueTask<(bool IsTold, DirectoryEntry? Entry)> FindIndexedAsync(NodeName name, CancellationToken cancellationToken)
    {
        ExtSuperblock superblock = blocks.Superblock;
        bool isUnsigned = (superblock.Flags & ExtSuperblock.UnsignedHashFlag) != 0;
        bool isSigned = (superblock.Flags & ExtSuperblock.SignedHashFlag) != 0;
        if (!superblock.Compatible.HasFlag(ExtCompatibleFeatures.DirectoryIndex)
            || (inode.Flags & (ExtInodeFlags.IndexedDirectory | ExtInodeFlags.InlineData | ExtInodeFlags.CaseFolded)) != ExtInodeFlags.IndexedDirectory
            || (isUnsigned == isSigned && name.Units.ContainsAnyExceptInRange((byte)0, (byte)127)))
        {
            return (false, null);
        }

        ExtStream stream = Stream(out ulong count);
        int levels = ExtIndexNode.MaximumLevels - (superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.LargeDirectory) ? 0 : 1);
        if (await TryReadBlockAsync(stream, 0, count, cancellationToken).ConfigureAwait(false) is not ({ } first, _) || ExtIndexNode.TryRoot(first, levels) is not { } root)
        {
            return (false, null);
        }

        uint hash = ExtNameHash.Compute(root.Version, isUnsigned, superblock.HashSeed, name.Units);
        var path = new List<(ExtIndexNode Node, int Entry)> { (root, root.Search(hash)) };
        var entries = new List<DirectoryEntry>();
        for (ulong seen = 0; seen < count; seen++)
        {
            while (path.Count <= root.Levels)
            {
                uint child = path[^1].Node.BlockOf(path[^1].Entry);
                if (await TryReadBlockAsync(stream, child, count, cancellationToken).ConfigureAwait(false) is not ({ } inner, _) || ExtIndexNode.TryInner(inner) is not { } node)
                {
                    return (false, null);
                }

                path.Add((node, seen == 0 ? node.Search(hash) : 0));
            }

            uint leaf = path[^1].Node.BlockOf(path[^1].Entry);
            if (leaf == 0 || await TryReadBlockAsync(stream, leaf, count, cancellationToken).ConfigureAwait(false) is not ({ } block, var offset))
            {
                return (false, null);
            }

            entries.Clear();
            Read(block, offset, entries);
            foreach (DirectoryEntry entry in entries.Where(entry => entry.Name == name))
            {
                return (true, entry);
            }

            // Names of one hash may go on in the block that follows in the index.
            while (path.Count > 0 && path[^1].Entry + 1 == path[^1].Node.Count)
            {
                path.RemoveAt(path.Count - 1);
            }

            if (path.Count == 0 || path[^1].Node.HashOf(path[^1].Entry + 1) != hash + 1)
            {
                return (true, null);
            }

            path[^1] = (path[^1].Node, path[^1].Entry + 1);
        }

        return (false, null); // it leads in a circle
    }

    private ExtStream Stream(out ulong count)
    {
        // The high half of the length is something else where no directory can be so large.
        ulong length = blocks.Superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.LargeDirectory) ? inode.Length : (uint)inode.Length;
        int blockSize = blocks.Superblock.BlockSize;
        count = length / (ulong)blockSize;
        return length % (ulong)blockSize == 0 && count <= blocks.Superblock.BlockCount
            ? new ExtStream(blocks, inode, (long)length)
            : throw ExtErrors.Invalid(blocks.Name, Structure, -1, FormattableString.Invariant($"its length is {length} with blocks of {blockSize}"));
    }

    /// <summary>Reads a block of the directory; null if there is none of that number.</summary>
    private async ValueTask<(byte[]? Block, long Offset)> TryReadBlockAsync(ExtStream stream, uint number, ulong count, CancellationToken cancellationToken)
    {
        if (number >= count || await stream.FindAsync(number, cancellationToken).ConfigureAwait(false) is not { Kind: FileExtentKind.Data } run)
        {
            return (null, -1);
        }

        byte[] block = new byte[blocks.Superblock.BlockSize];
        return (block, await ReadBlockAsync(run, number, block, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<long> ReadBlockAsync(BlockRun run, ulong number, Memory<byte> block, CancellationToken cancellationToken)
    {
        long offset = blocks.OffsetOf(run.Place + number - run.First);
        await blocks.Device.ReadAsync(offset, block, cancellationToken).ConfigureAwait(false);
        RequireChecksum(block.Span, number, offset);
        return offset;
    }

    private void Read(ReadOnlySpan<byte> source, long offset, List<DirectoryEntry> entries)
    {
        if (ExtDirectoryBlock.TryRead(source, blocks.Superblock, entries) is { } fact)
        {
            throw ExtErrors.Invalid(blocks.Name, Structure, offset, fact);
        }
    }

    private void RequireChecksum(ReadOnlySpan<byte> block, ulong number, long offset)
    {
        if (!blocks.Superblock.HasMetadataChecksums)
        {
            return;
        }

        bool isIndexRoot = number == 0 && inode.Flags.HasFlag(ExtInodeFlags.IndexedDirectory);
        if (!ExtDirectoryBlock.TryChecksum(block, inode.ChecksumSeed(blocks.Superblock), isIndexRoot, out uint stored, out uint computed))
        {
            throw ExtErrors.Invalid(blocks.Name, Structure, offset, "a block has no checksum");
        }

        if (stored != computed)
        {
            throw ExtErrors.Checksum(blocks.Name, Structure, offset, stored, computed);
        }
    }
}
