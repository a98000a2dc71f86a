using Portability.Repository.Keys;
using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Maintenance;

/// <summary>Reads what is needed of packs, checks every block against its content id, and packs the blocks into frames anew.</summary>
internal sealed class FrameGatherer
{
    private readonly ContentIdHasher hasher;
    private readonly FrameCodec codec;
    private readonly byte[] blocks;
    private readonly int blockSize;
    private readonly List<BlockId> ids = [];
    private readonly List<RewrittenFrame> frames = [];
    private readonly HashSet<BlockId> taken = [];

    /// <summary>Initialises a gatherer for packs that are rewritten together.</summary>
    /// <param name="hasher">Names blocks of their set; stays the caller's.</param>
    /// <param name="codec">Packs the frames.</param>
    /// <param name="frameLength">Most bytes that one frame holds before it is packed.</param>
    public FrameGatherer(ContentIdHasher hasher, FrameCodec codec, int frameLength)
    {
        this.hasher = hasher;
        this.codec = codec;
        blockSize = hasher.BlockSize;
        blocks = new byte[Math.Clamp(frameLength / blockSize, 1, FrameCodec.MaximumBlocks(blockSize)) * blockSize];
    }

    /// <summary>What was gathered, after <see cref="Flush"/>.</summary>
    public IReadOnlyList<RewrittenFrame> Frames => frames;

    /// <summary>Takes the blocks of a pack that are needed and were not taken from another.</summary>
    /// <param name="pack">The pack.</param>
    /// <param name="isNeeded">Tells which blocks are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A frame is damaged, or a block is not what its content id says.</exception>
    public async Task TakeAsync(PackReader pack, Func<BlockId, bool> isNeeded, CancellationToken cancellationToken)
    {
        foreach (PackFrame frame in pack.Directory.Frames.ToArray())
        {
            BlockId[] named = pack.Directory.Blocks.Slice(frame.FirstBlock, frame.BlockCount).ToArray();
            if (!Array.Exists(named, id => isNeeded(id) && !taken.Contains(id)))
            {
                continue;
            }

            byte[] content = await pack.ReadFrameAsync(frame, cancellationToken).ConfigureAwait(false);
            for (int index = 0; index < named.Length; index++)
            {
                if (isNeeded(named[index]) && taken.Add(named[index]))
                {
                    Add(named[index], content.AsSpan(index * blockSize, blockSize), pack, frame, index);
                }
            }
        }
    }

    /// <summary>Ends the last frame.</summary>
    public void Flush()
    {
        if (ids.Count > 0)
        {
            byte[] text = new byte[(ids.Count * blockSize) + FrameCodec.HeaderSize];
            int length = codec.Encode(blocks.AsSpan(0, ids.Count * blockSize), blockSize, text);
            frames.Add(new RewrittenFrame(text.AsSpan(0, length).ToArray(), [.. ids]));
            ids.Clear();
        }
    }

    private void Add(BlockId id, ReadOnlySpan<byte> block, PackReader pack, PackFrame frame, int index)
    {
        Span<byte> expected = stackalloc byte[BlockId.Size];
        id.Write(expected);
        if (!hasher.Matches(block, expected))
        {
            throw Damage.At(pack.Name, frame.Offset, FormattableString.Invariant($"block {index} of frame {frame.Number} is not {id}"));
        }

        block.CopyTo(blocks.AsSpan(ids.Count * blockSize));
        ids.Add(id);
        if (ids.Count * blockSize == blocks.Length)
        {
            Flush();
        }
    }
}
