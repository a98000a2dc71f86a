using Portability.Core.Crypto;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>
/// Puts aside what a capture has stored of one set: runs in the store, and files of the local index in which this capture itself still
/// finds its blocks. So memory does not follow the capture's size. Thread-safe.
/// </summary>
internal sealed class CaptureSpill : IDisposable
{
    /// <summary>Blocks kept in memory: about 16 MiB.</summary>
    public const int Limit = 1 << 17;

    private readonly ObjectScope scope;
    private readonly BlockSet set;
    private readonly RecordId lease;
    private readonly RandomSource random;
    private readonly RecordSigner signer;
    private readonly CaptureIndex index;
    private readonly LocationIndex? local;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly List<WrittenObject> runs = [];
    private IndexFile[] files = [];
    private long putAside;

    /// <summary>Initialises.</summary>
    public CaptureSpill(ObjectScope scope, BlockSet set, RecordId lease, RandomSource random, RecordSigner signer, CaptureIndex index, LocationIndex? local)
    {
        this.scope = scope;
        this.set = set;
        this.lease = lease;
        this.random = random;
        this.signer = signer;
        this.index = index;
        this.local = local;
    }

    /// <summary>Puts aside if there is too much in memory.</summary>
    public ValueTask SpillIfDueAsync(CancellationToken cancellationToken) =>
        index.Count < Limit ? ValueTask.CompletedTask : new ValueTask(SpillAsync(Limit, cancellationToken));

    /// <summary>Lists packs of this capture that are said to hold a block that was put aside.</summary>
    public IEnumerable<ObjectId> Find(BlockId id)
    {
        IndexFile[] all = files;
        return all.Length == 0 ? [] : all.SelectMany(file => file.Find(IndexKey.Of(id))).Select(hint => hint.Pack);
    }

    /// <summary>Puts aside the rest.</summary>
    /// <returns>The runs.</returns>
    public async Task<WrittenObject[]> CompleteAsync(CancellationToken cancellationToken)
    {
        await SpillAsync(1, cancellationToken).ConfigureAwait(false);
        return [.. runs];
    }

    /// <summary>Hands all that was put aside to the local index, after the commit.</summary>
    /// <param name="hint">Where the tree names a pack; null for one that it does not name.</param>
    public void Remember(Func<ObjectId, PackHint> hint)
    {
        if (local is not null && files.Length > 0)
        {
            PackHint[] packs = [.. index.Packs.Select(hint)];
            local.Add(putAside, LocationIndex.Merged([.. files.Select(file => file.All())]), packs);
        }
    }

    public void Dispose()
    {
        foreach (IndexFile file in files)
        {
            local!.DiscardPending(file);
        }

        gate.Dispose();
    }

    private async Task SpillAsync(int least, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (index.Count < least)
            {
                return;
            }

            (BlockId Id, CaptureIndex.Stored Place)[] taken = index.Take();
            ObjectId[] packs = index.Packs;
            await WriteRunsAsync(taken, packs, cancellationToken).ConfigureAwait(false);
            if (taken.Length > 0 && local?.WritePending([.. taken.Select(entry => (IndexKey.Of(entry.Id), entry.Place.Pack))], [.. packs.Select(NoHint)]) is { } file)
            {
                files = [.. files, file];
                putAside += taken.Length;
            }

            index.Release();
        }
        finally
        {
            gate.Release();
        }
    }

    private static PackHint NoHint(ObjectId pack) => new(pack, Guid.Empty, -1);

    private async Task WriteRunsAsync((BlockId Id, CaptureIndex.Stored Place)[] entries, ObjectId[] packs, CancellationToken cancellationToken)
    {
        LocationRunWriter? run = null;
        try
        {
            foreach ((BlockId id, CaptureIndex.Stored place) in entries)
            {
                if (run is not null && !run.HasRoomFor(packs[place.Pack]))
                {
                    runs.Add(await run.CompleteAsync(signer, cancellationToken).ConfigureAwait(false));
                    run.Dispose();
                    run = null;
                }

                run ??= new LocationRunWriter(scope, set, lease, random);
                run.Add(place.ToLocation(id, packs));
            }

            if (run is not null)
            {
                runs.Add(await run.CompleteAsync(signer, cancellationToken).ConfigureAwait(false));
            }
        }
        finally
        {
            run?.Dispose();
        }
    }
}
