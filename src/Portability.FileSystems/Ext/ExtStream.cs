using System.Runtime.CompilerServices;

namespace Portability.FileSystems.Ext;

/// <summary>The bytes of an inode that lie in blocks: content of a file, blocks of a directory, the journal. Thread-safe.</summary>
internal sealed class ExtStream
{
    private readonly ExtBlocks blocks;
    private readonly ExtentTree? extents;
    private readonly ExtBlockMap? map;
    private readonly Lock gate = new();
    private BlockRun last; // what was found last: a file is mostly read from start to end

    /// <summary>Initialises a stream.</summary>
    /// <param name="blocks">The volume.</param>
    /// <param name="inode">The inode.</param>
    /// <param name="length">Its length in bytes.</param>
    public ExtStream(ExtBlocks blocks, ExtInode inode, long length)
    {
        this.blocks = blocks;
        Length = length;
        if (inode.Flags.HasFlag(ExtInodeFlags.Extents))
        {
            extents = new ExtentTree(blocks, inode);
        }
        else
        {
            map = new ExtBlockMap(blocks, inode);
        }
    }

    /// <summary>Length in bytes.</summary>
    public long Length { get; }

    /// <summary>Reads; short only at the end.</summary>
    /// <param name="offset">Offset in bytes.</param>
    /// <param name="buffer">Buffer to fill.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It is damaged, or the volume cannot be read.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int total = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        buffer = buffer[..total];
        int shift = blocks.Superblock.BlockSizeBits;
        while (buffer.Length > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            BlockRun run = await FindAsync((ulong)(offset >> shift), cancellationToken).ConfigureAwait(false);
            long inside = offset - (long)(run.First << shift);
            int count = (int)Math.Min(BytesLeft(run, offset), buffer.Length);
            if (run.Kind == FileExtentKind.Data)
            {
                await blocks.Device.ReadAsync(blocks.OffsetOf(run.Place) + inside, buffer[..count], cancellationToken).ConfigureAwait(false);
            }
            else
            {
                buffer.Span[..count].Clear();
            }

            offset += count;
            buffer = buffer[count..];
        }

        return total;
    }

    /// <summary>Lists the extents from 0 to the length.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">It is damaged.</exception>
    public async IAsyncEnumerable<FileExtent> ExtentsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int shift = blocks.Superblock.BlockSizeBits;
        for (long offset = 0; offset < Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            BlockRun run = await FindAsync((ulong)(offset >> shift), cancellationToken).ConfigureAwait(false);
            long length = Math.Min(Length - offset, BytesLeft(run, offset));
            yield return new FileExtent(
                offset, length, run.Kind, StoredForm.Plain, run.Kind == FileExtentKind.Hole ? -1 : blocks.OffsetOf(run.Place + ((ulong)offset >> shift) - run.First));
            offset += length;
        }
    }

    /// <summary>Finds the run of a block of the file.</summary>
    /// <param name="block">Block of the file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">It is damaged.</exception>
    public async ValueTask<BlockRun> FindAsync(ulong block, CancellationToken cancellationToken)
    {
        BlockRun known = Last;
        if (block >= known.First && block < known.End)
        {
            return known;
        }

        BlockRun run = extents is null
            ? await map!.FindAsync(block, cancellationToken).ConfigureAwait(false)
            : block >= 1UL << 32
                ? new BlockRun(1UL << 32, ulong.MaxValue - (1UL << 32), 0, FileExtentKind.Hole) // no extent reaches there
                : await extents.FindAsync(block, cancellationToken).ConfigureAwait(false);
        Last = run;
        return run;
    }

    private BlockRun Last
    {
        get
        {
            lock (gate)
            {
                return last;
            }
        }

        set
        {
            lock (gate)
            {
                last = value;
            }
        }
    }

    private long BytesLeft(BlockRun run, long offset)
    {
        int shift = blocks.Superblock.BlockSizeBits;
        ulong left = run.End - ((ulong)offset >> shift);
        return left >= 1UL << (62 - shift) ? long.MaxValue : (long)(left << shift) - (offset & ((1L << shift) - 1));
    }
}
