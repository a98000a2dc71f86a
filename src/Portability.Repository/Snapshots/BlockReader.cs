using Portability.Repository.Keys;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Snapshots;

/// <summary>Reads blocks by content id: first where the map says, then wherever else the block may lie. Every block is checked. Thread-safe.</summary>
/// <remarks>FORMAT.md section 12.</remarks>
public sealed class BlockReader : IDisposable
{
    private const long DefaultFrames = 32L << 20, DefaultDirectories = 16L << 20;

    private readonly ObjectScope scope;
    private readonly IBlockLocator? locator;
    private readonly BoundedCache<(BlockSet Set, ObjectId Pack), PackReader> packs;
    private readonly BoundedCache<(ObjectId Pack, int Frame), OpenedFrame> frames;
    private readonly Dictionary<BlockSet, ContentIdHasher> hashers;

    /// <summary>Initialises a reader.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="locator">Finds blocks whose pack is gone, or null.</param>
    /// <param name="frameCapacity">Bytes of unpacked frames that are kept.</param>
    /// <param name="directoryCapacity">Bytes of pack directories that are kept.</param>
    public BlockReader(ObjectScope scope, IBlockLocator? locator = null, long frameCapacity = DefaultFrames, long directoryCapacity = DefaultDirectories)
    {
        this.scope = scope;
        this.locator = locator;
        packs = new BoundedCache<(BlockSet, ObjectId), PackReader>(directoryCapacity, static pack => pack.Directory.Weight);
        frames = new BoundedCache<(ObjectId, int), OpenedFrame>(frameCapacity, static frame => frame.Bytes.Length);
        hashers = new Dictionary<BlockSet, ContentIdHasher> { [BlockSet.Boot] = scope.Hasher(BlockSet.Boot), [BlockSet.Data] = scope.Hasher(BlockSet.Data) };
    }

    internal ObjectScope Scope => scope;

    /// <summary>Reads part of a block.</summary>
    /// <param name="set">Set of the block.</param>
    /// <param name="location">Its content id and the pack where it should lie.</param>
    /// <param name="offset">Where to begin in the block, in bytes.</param>
    /// <param name="target">Where the bytes go; not beyond the block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">No place holds the block whole; names the object and the offset.</exception>
    public async ValueTask ReadAsync(BlockSet set, BlockLocation location, int offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (locator?.Moved(location.Pack) is { } moved
            && await TryReadFromAsync(set, location with { Pack = moved }, offset, target, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        IntegrityException damage;
        try
        {
            await ReadFromAsync(set, location, offset, target, cancellationToken).ConfigureAwait(false);
            return;
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            damage = exception as IntegrityException ?? Damage.At(exception.TargetName ?? location.Pack.ToString(), ((InvalidFormatException)exception).Offset, exception.Message, exception);
        }

        if (locator is not null)
        {
            await foreach (ObjectId pack in locator.FindAsync(set, location, cancellationToken).ConfigureAwait(false))
            {
                if (pack != location.Pack && await TryReadFromAsync(set, location with { Pack = pack }, offset, target, cancellationToken).ConfigureAwait(false))
                {
                    locator.Note(location.Pack, pack);
                    return;
                }
            }
        }

        throw damage;
    }

    /// <summary>Forgets all keys and bytes; nobody reads any more.</summary>
    public void Dispose()
    {
        packs.Clear(static pack => pack.Dispose());
        frames.Clear(static _ => { });
        foreach (ContentIdHasher hasher in hashers.Values)
        {
            hasher.Dispose();
        }
    }

    /// <summary>The hasher of a set; stays this reader's.</summary>
    internal ContentIdHasher Hasher(BlockSet set) => hashers[set];

    /// <summary>Opens a pack or gives the one that is open.</summary>
    internal ValueTask<PackReader> PackAsync(BlockSet set, ObjectId pack, CancellationToken cancellationToken) =>
        packs.GetAsync((set, pack), (key, token) => PackReader.OpenAsync(scope, key.Set, key.Pack, token), cancellationToken);

    /// <summary>Opens the pack where blocks of a pack were found last, if any were.</summary>
    internal async ValueTask<PackReader?> TryOpenMovedAsync(BlockSet set, ObjectId pack, CancellationToken cancellationToken) =>
        locator?.Moved(pack) is { } now ? await TryOpenAsync(set, now, cancellationToken).ConfigureAwait(false) : null;

    /// <summary>Opens a pack whose directory names a block, wherever it may lie; null if none is found.</summary>
    internal async ValueTask<PackReader?> TryLocateAsync(BlockSet set, BlockLocation location, CancellationToken cancellationToken)
    {
        PackReader? named = await TryOpenAsync(set, location.Pack, cancellationToken).ConfigureAwait(false);
        if (locator is null || (named is not null && named.Directory.TryFind(location.Id, out _, out _)))
        {
            return named;
        }

        await foreach (ObjectId pack in locator.FindAsync(set, location, cancellationToken).ConfigureAwait(false))
        {
            if (await TryOpenAsync(set, pack, cancellationToken).ConfigureAwait(false) is { } place && place.Directory.TryFind(location.Id, out _, out _))
            {
                locator.Note(location.Pack, pack);
                return place;
            }
        }

        return null;
    }

    private async ValueTask<PackReader?> TryOpenAsync(BlockSet set, ObjectId pack, CancellationToken cancellationToken)
    {
        try
        {
            return await PackAsync(set, pack, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return null; // each block tells of it, or is found elsewhere
        }
    }

    private async ValueTask<bool> TryReadFromAsync(BlockSet set, BlockLocation location, int offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        try
        {
            await ReadFromAsync(set, location, offset, target, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return false; // the first place's error is what is told
        }
    }

    private async ValueTask ReadFromAsync(BlockSet set, BlockLocation location, int offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        PackReader pack = await PackAsync(set, location.Pack, cancellationToken).ConfigureAwait(false);
        if (!pack.Directory.TryFind(location.Id, out PackFrame place, out int index))
        {
            throw Damage.At(pack.Name, -1, $"its directory does not name block {location.Id}");
        }

        OpenedFrame frame = await frames.GetAsync(
            (location.Pack, place.Number),
            async (_, token) => new OpenedFrame(await pack.ReadFrameAsync(place, token).ConfigureAwait(false), place.BlockCount),
            cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<byte> block = frame.Bytes.AsMemory(index * scope.BlockSize, scope.BlockSize);
        if (!frame.IsChecked(index))
        {
            Check(set, location.Id, block.Span, pack, place, index);
            frame.SetChecked(index);
        }

        block.Slice(offset, target.Length).CopyTo(target);
    }

    /// <summary>Checks that a block is what its content id says.</summary>
    /// <exception cref="IntegrityException">It is another block.</exception>
    internal void Check(BlockSet set, BlockId id, ReadOnlySpan<byte> block, PackReader pack, PackFrame frame, int index)
    {
        Span<byte> expected = stackalloc byte[BlockId.Size];
        id.Write(expected);
        if (!hashers[set].Matches(block, expected))
        {
            throw Damage.At(pack.Name, frame.Offset, FormattableString.Invariant($"block {index} of frame {frame.Number} is not {id}"));
        }
    }

    /// <summary>A frame that was unpacked, and which of its blocks were checked.</summary>
    private sealed class OpenedFrame(byte[] bytes, int blockCount)
    {
        private readonly bool[] isChecked = new bool[blockCount];

        public byte[] Bytes { get; } = bytes;

        public bool IsChecked(int index) => Volatile.Read(ref isChecked[index]);

        public void SetChecked(int index) => Volatile.Write(ref isChecked[index], true);
    }
}
