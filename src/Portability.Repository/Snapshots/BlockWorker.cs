using Portability.Repository.Keys;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Snapshots;

/// <summary>Turns batches of blocks into map entries: tells zeros and known blocks, packs and seals new ones. One for each thread.</summary>
internal sealed class BlockWorker
{
    private readonly SnapshotWriter owner;
    private readonly FrameCodec codec;
    private readonly int blockSize;
    private readonly int blocksPerFrame;
    private readonly byte[] frame;
    private readonly byte[] text;
    private readonly List<(int Index, BlockId Id)> fresh = [];
    private readonly List<(int Index, BlockId Id, Task<ObjectId> Pack)> waiting = [];

    public BlockWorker(SnapshotWriter owner, FrameCodec codec, int blockSize, int frameLength)
    {
        this.owner = owner;
        this.codec = codec;
        this.blockSize = blockSize;
        blocksPerFrame = Math.Min(Math.Max(1, frameLength / blockSize), FrameCodec.MaximumBlocks(blockSize));
        frame = GC.AllocateUninitializedArray<byte>(blocksPerFrame * blockSize);
        text = GC.AllocateUninitializedArray<byte>(frame.Length + FrameCodec.HeaderSize);
    }

    /// <summary>Fills <see cref="BlockBatch.After"/>.</summary>
    public async Task RunAsync(BlockBatch batch, CancellationToken cancellationToken)
    {
        DiskCapture disk = batch.Disk!;
        SetCapture set = disk.Set;
        fresh.Clear();
        waiting.Clear();
        if (disk.Before is null)
        {
            batch.Before.AsSpan(0, batch.Count).Clear();
        }
        else
        {
            await disk.Before.FindAsync(batch.FirstBlock, batch.Before.AsMemory(0, batch.Count), cancellationToken).ConfigureAwait(false);
        }

        for (int index = 0; index < batch.Count; index++)
        {
            batch.After[index] = null;
            if (!TryName(batch, index, set.Hasher, out BlockId id))
            {
                continue; // zeros
            }

            if (batch.Before[index] is { } before && before.Id == id)
            {
                batch.After[index] = before;
                continue;
            }

            if (!set.Index.TryClaim(id, out ObjectId pack, out Task<ObjectId>? other))
            {
                if (other is null)
                {
                    batch.After[index] = new BlockLocation(id, pack);
                }
                else
                {
                    waiting.Add((index, id, other));
                }
            }
            else if (await owner.TryReuseAsync(set, id, cancellationToken).ConfigureAwait(false) is { } reused)
            {
                set.Index.Publish(id, reused);
                batch.After[index] = new BlockLocation(id, reused);
            }
            else
            {
                fresh.Add((index, id));
            }
        }

        for (int first = 0; first < fresh.Count; first += blocksPerFrame)
        {
            await StoreAsync(batch, set, first, Math.Min(blocksPerFrame, fresh.Count - first), cancellationToken).ConfigureAwait(false);
        }

        foreach ((int index, BlockId id, Task<ObjectId> pack) in waiting)
        {
            batch.After[index] = new BlockLocation(id, await pack.WaitAsync(cancellationToken).ConfigureAwait(false));
        }
    }

    private bool TryName(BlockBatch batch, int index, ContentIdHasher hasher, out BlockId id)
    {
        ReadOnlySpan<byte> block = batch.Bytes.Slice(index * blockSize, blockSize);
        if (block.IndexOfAnyExcept((byte)0) < 0)
        {
            id = default;
            return false;
        }

        Span<byte> hash = stackalloc byte[BlockId.Size];
        hasher.Compute(block, hash);
        id = BlockId.Read(hash);
        return true;
    }

    private async ValueTask StoreAsync(BlockBatch batch, SetCapture set, int first, int count, CancellationToken cancellationToken)
    {
        var ids = new BlockId[count];
        for (int item = 0; item < count; item++)
        {
            ids[item] = fresh[first + item].Id;
        }

        int length = Encode(batch, first, count);
        FramePlace place = await set.Packs.AddAsync(text.AsMemory(0, length), ids, cancellationToken).ConfigureAwait(false);
        set.Index.Publish(ids, place);
        await set.Spill.SpillIfDueAsync(cancellationToken).ConfigureAwait(false);
        for (int item = 0; item < count; item++)
        {
            batch.After[fresh[first + item].Index] = new BlockLocation(ids[item], place.Pack);
        }
    }

    private int Encode(BlockBatch batch, int first, int count)
    {
        int start = fresh[first].Index;
        if (fresh[first + count - 1].Index - start == count - 1)
        {
            return codec.Encode(batch.Bytes.Slice(start * blockSize, count * blockSize), blockSize, text);
        }

        for (int item = 0; item < count; item++)
        {
            batch.Bytes.Slice(fresh[first + item].Index * blockSize, blockSize).CopyTo(frame.AsSpan(item * blockSize));
        }

        return codec.Encode(frame.AsSpan(0, count * blockSize), blockSize, text);
    }
}
