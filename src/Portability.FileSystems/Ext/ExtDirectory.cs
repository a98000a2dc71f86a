using System.Buffers;
using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Ext;

/// <summary>Lists a directory, block by block or inline. Blocks of its index hold no entries in use, so that a list reads them all alike.</summary>
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

        // The high half of the length is something else where no directory can be so large.
        ulong length = blocks.Superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.LargeDirectory) ? inode.Length : (uint)inode.Length;
        int blockSize = blocks.Superblock.BlockSize;
        if (length % (ulong)blockSize != 0 || length / (ulong)blockSize > blocks.Superblock.BlockCount)
        {
            throw ExtErrors.Invalid(blocks.Name, Structure, -1, FormattableString.Invariant($"its length is {length} with blocks of {blockSize}"));
        }

        var stream = new ExtStream(blocks, inode, (long)length);
        byte[] block = ArrayPool<byte>.Shared.Rent(blockSize);
        try
        {
            for (ulong number = 0; number < length / (ulong)blockSize; number++)
            {
                BlockRun run = await stream.FindAsync(number, cancellationToken).ConfigureAwait(false);
                if (run.Kind != FileExtentKind.Data)
                {
                    number = run.End - 1; // a hole holds no names
                    continue;
                }

                long offset = blocks.OffsetOf(run.Place + number - run.First);
                await blocks.Device.ReadAsync(offset, block.AsMemory(0, blockSize), cancellationToken).ConfigureAwait(false);
                RequireChecksum(block.AsSpan(0, blockSize), number, offset);
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
