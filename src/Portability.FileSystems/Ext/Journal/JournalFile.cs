namespace Portability.FileSystems.Ext.Journal;

/// <summary>The journal's file on its volume: where each of its blocks lies.</summary>
internal sealed class JournalFile
{
    private const int MaximumRuns = 65536; // a journal of 1 GiB in pieces of 16 KiB

    private readonly ExtBlocks blocks;
    private readonly List<BlockRun> runs;

    private JournalFile(ExtBlocks blocks, List<BlockRun> runs)
    {
        this.blocks = blocks;
        this.runs = runs;
    }

    /// <summary>Size of a block in bytes.</summary>
    public int BlockSize => blocks.Superblock.BlockSize;

    /// <summary>Blocks.</summary>
    public ulong BlockCount => runs.Count == 0 ? 0 : runs[^1].End;

    /// <summary>Blocks that the device of the volume holds: none behind them can be written.</summary>
    public ulong VolumeBlockCount => (ulong)blocks.Device.Length >> blocks.Superblock.BlockSizeBits;

    /// <summary>Name of the volume.</summary>
    public string Volume => blocks.Name;

    /// <summary>Looks where the blocks lie.</summary>
    /// <param name="blocks">The volume.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">There is no journal, or it has holes or blocks that were never written.</exception>
    public static async Task<JournalFile> OpenAsync(ExtBlocks blocks, CancellationToken cancellationToken)
    {
        uint number = blocks.Superblock.JournalInode;
        string structure = $"journal in inode {number}";
        ExtInode? inode = await blocks.TryReadInodeAsync(number, cancellationToken).ConfigureAwait(false);
        if (inode is null || inode.Kind != NodeKind.File || inode.LinkCount == 0 || inode.Length > (ulong)blocks.OffsetOf(blocks.Superblock.BlockCount))
        {
            throw ExtErrors.Invalid(blocks.Name, structure, -1, "it is no file");
        }

        var stream = new ExtStream(blocks, inode, (long)inode.Length);
        ulong count = inode.Length >> blocks.Superblock.BlockSizeBits;
        var runs = new List<BlockRun>();
        for (ulong block = 0; block < count;)
        {
            BlockRun run = await stream.FindAsync(block, cancellationToken).ConfigureAwait(false);
            if (run.Kind != FileExtentKind.Data || runs.Count == MaximumRuns)
            {
                string fact = run.Kind switch
                {
                    FileExtentKind.Hole => "there is a hole",
                    FileExtentKind.Unwritten => "there are blocks that were never written",
                    _ => "there are too many pieces",
                };
                throw ExtErrors.Invalid(blocks.Name, structure, -1, FormattableString.Invariant($"{fact} at block {block}"));
            }

            runs.Add(run with { First = block, Count = Math.Min(run.End, count) - block, Place = run.Place + block - run.First });
            block = run.End;
        }

        return new JournalFile(blocks, runs);
    }

    /// <summary>Offset of a block in the volume, in bytes.</summary>
    /// <param name="block">Block of the journal, below <see cref="BlockCount"/>.</param>
    public long PlaceOf(uint block)
    {
        int low = 0, high = runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (runs[middle].First <= block)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return blocks.OffsetOf(runs[low].Place + block - runs[low].First);
    }

    /// <summary>Reads a block.</summary>
    /// <param name="block">Block of the journal.</param>
    /// <param name="buffer">A block's bytes.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public ValueTask ReadAsync(uint block, Memory<byte> buffer, CancellationToken cancellationToken) =>
        blocks.Device.ReadAsync(PlaceOf(block), buffer, cancellationToken);
}
