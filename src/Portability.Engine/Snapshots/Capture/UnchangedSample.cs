using System.Buffers.Binary;
using Portability.Core.Crypto;
using Portability.Engine.Snapshots.Sources;
using Portability.Repository.Keys;
using Portability.Repository.Maps;

namespace Portability.Engine.Snapshots.Capture;

/// <summary>
/// Looks, at every n-th capture, at blocks of which the source says that they did not change. One that did means that the source's proofs
/// cannot be relied on.
/// </summary>
internal sealed class UnchangedSample
{
    /// <summary>Every so many snapshots of a workload are sampled.</summary>
    public const int Interval = 8;

    private const int Blocks = 64;

    private readonly RandomSource random;
    private readonly ContentIdHasher hasher;
    private readonly int blockSize;

    /// <summary>Initialises a sample.</summary>
    /// <param name="random">Chooses the blocks.</param>
    /// <param name="hasher">Names blocks of the disk's set; stays the caller's.</param>
    public UnchangedSample(RandomSource random, ContentIdHasher hasher)
    {
        this.random = random;
        this.hasher = hasher;
        blockSize = hasher.BlockSize;
    }

    /// <summary>Compares blocks of the source with the map of the snapshot before.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="decision">What its source says of its changes.</param>
    /// <param name="before">Its map in the snapshot before.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Index of a block that changed though the source says otherwise, or null.</returns>
    /// <exception cref="PortabilityException">The source or the map cannot be read.</exception>
    public async Task<long?> FindChangedAsync(SourceDisk disk, ChangeDecision decision, BlockMap before, CancellationToken cancellationToken)
    {
        byte[] block = new byte[blockSize];
        long count = Math.Min(before.BlockCount, (disk.Image.Length + blockSize - 1) / blockSize);
        foreach (long index in await ChooseAsync(disk, decision, before, count, cancellationToken).ConfigureAwait(false))
        {
            int length = (int)Math.Min(blockSize, disk.Image.Length - (index * blockSize));
            await disk.Image.ReadAsync(index * blockSize, block.AsMemory(0, length), cancellationToken).ConfigureAwait(false);
            block.AsSpan(length).Clear();
            BlockLocation? known = await before.FindAsync(index, cancellationToken).ConfigureAwait(false);
            bool same = known is null ? !block.AsSpan().ContainsAnyExcept((byte)0) : Matches(block, known.Value);
            if (!same)
            {
                return index;
            }
        }

        return null;
    }

    private bool Matches(byte[] block, BlockLocation known)
    {
        Span<byte> id = stackalloc byte[ContentIdHasher.Size];
        known.Id.Write(id);
        return hasher.Matches(block, id);
    }

    // Half of the blocks from what is stored, so that a sparse disk is not sampled in its holes alone.
    private async Task<IReadOnlyCollection<long>> ChooseAsync(
        SourceDisk disk, ChangeDecision decision, BlockMap before, long count, CancellationToken cancellationToken)
    {
        var chosen = new SortedSet<long>();
        for (int i = 0; i < Blocks / 2 && count > 0; i++)
        {
            chosen.Add(Next(count));
            long from = Next(count);
            await foreach ((long stored, _) in before.StoredAsync(from, count - from, cancellationToken).ConfigureAwait(false))
            {
                chosen.Add(stored);
                break;
            }
        }

        await foreach (BlockRun run in SnapshotPlanner.RunsAsync(disk, decision, blockSize, cancellationToken).ConfigureAwait(false))
        {
            chosen.RemoveWhere(index => index >= run.First && index < run.End);
        }

        return chosen;
    }

    private long Next(long count)
    {
        Span<byte> drawn = stackalloc byte[sizeof(ulong)];
        random.Fill(drawn);
        return (long)(BinaryPrimitives.ReadUInt64LittleEndian(drawn) % (ulong)count);
    }
}
