using System.Collections.Concurrent;
using System.Threading.Channels;
using Portability.Core.Crypto;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;
using Portability.Repository.References;

namespace Portability.Repository.Snapshots;

/// <summary>
/// Stores what changed on the disks of one workload: names blocks, stores those that are new, and makes the maps and the reference tree
/// of the next snapshot. Memory is bounded: who hands over faster than the store takes waits for a free batch. Nothing is visible before
/// the manifest, which is the caller's to sign and put.
/// </summary>
/// <remarks>FORMAT.md sections 9 to 12 and 17.</remarks>
public sealed class SnapshotWriter : IAsyncDisposable
{
    /// <summary>Bytes of directories of packs of this capture that are kept.</summary>
    private const long OwnDirectories = 4 << 20;

    private readonly RecordId lease;
    private readonly RandomSource random;
    private readonly MapNodeSource nodes;
    private readonly RecordSigner signer;
    private readonly IBlockReuse? reuse;
    private readonly Func<BlockSet, LocationIndex?>? indexes;
    private readonly BlockReader ownPacks;
    private readonly PackBuffers buffers;
    private readonly Dictionary<BlockSet, SetCapture> sets = [];
    private readonly List<DiskCapture> disks = [];
    private readonly ConcurrentDictionary<ObjectId, WrittenObject> reliedOn = [];
    private readonly ConcurrentStack<BlockBatch> idle = [];
    private readonly SemaphoreSlim free;
    private readonly Channel<BlockBatch> queue = Channel.CreateUnbounded<BlockBatch>();
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] workers;
    private readonly int batchLength;
    private volatile Exception? failure;

    /// <summary>Initialises a writer.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="lease">Id of the lease that owns what is put.</param>
    /// <param name="random">Where ids come from.</param>
    /// <param name="nodes">Reads nodes of the maps before; stays the caller's.</param>
    /// <param name="signer">Signs runs; has the right to capture.</param>
    /// <param name="reuse">Finds blocks of earlier captures, or null: then only the maps before and this capture are asked.</param>
    /// <param name="indexes">The local index of each set, or null; stays the caller's.</param>
    /// <param name="options">How the machine is used.</param>
    public SnapshotWriter(
        ObjectScope scope,
        RecordId lease,
        RandomSource random,
        MapNodeSource nodes,
        RecordSigner signer,
        IBlockReuse? reuse = null,
        Func<BlockSet, LocationIndex?>? indexes = null,
        SnapshotWriterOptions? options = null)
    {
        options ??= new SnapshotWriterOptions();
        Scope = scope;
        this.lease = lease;
        this.random = random;
        this.nodes = nodes;
        this.signer = signer;
        this.reuse = reuse;
        this.indexes = indexes;
        ownPacks = new BlockReader(scope, null, 0, OwnDirectories);
        batchLength = Math.Max(SnapshotWriterOptions.BatchLength, scope.BlockSize);
        int batches = (2 * options.Workers) + 4;
        free = new SemaphoreSlim(batches, batches);
        buffers = new PackBuffers(PackWriter.TargetLength, options.PackBuffers);
        workers = [.. Enumerable.Range(0, options.Workers).Select(_ => Task.Run(() => WorkAsync(new BlockWorker(this, scope.Codec, scope.BlockSize, options.FrameLength))))];
    }

    internal ObjectScope Scope { get; }

    /// <summary>Cancelled when the writer fails or is disposed.</summary>
    internal CancellationToken Stopping => stop.Token;

    /// <summary>Begins a disk.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The map before is damaged or gone.</exception>
    public async Task<DiskCapture> BeginDiskAsync(CaptureDisk disk, CancellationToken cancellationToken)
    {
        ThrowIfDead();
        if (!sets.TryGetValue(disk.Set, out SetCapture? set))
        {
            set = new SetCapture(Scope, disk.Set, lease, random, buffers, signer, indexes?.Invoke(disk.Set));
            sets.Add(disk.Set, set);
        }

        long blockCount = SnapshotDisk.BlockCount(disk.Length, Scope.BlockSize);
        BlockMapUpdate map = await BlockMapUpdate.OpenAsync(
            nodes, set.Maps, disk.Set, disk.Before?.Root, disk.Before?.Levels ?? 1, blockCount, cancellationToken).ConfigureAwait(false);
        var capture = new DiskCapture(this, set, disk, map, blockCount);
        disks.Add(capture);
        return capture;
    }

    /// <summary>Gives memory for blocks as soon as some is free.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The capture has failed.</exception>
    public async ValueTask<BlockBatch> RentAsync(CancellationToken cancellationToken)
    {
        ThrowIfDead();
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stop.Token))
        {
            try
            {
                await free.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                ThrowIfDead();
                throw;
            }
        }

        if (!idle.TryPop(out BlockBatch? batch))
        {
            batch = new BlockBatch(this, batchLength, Scope.BlockSize);
        }

        return batch;
    }

    /// <summary>Ends all disks and makes everything durable that the manifest needs.</summary>
    /// <param name="before">Reference tree of the snapshot before, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The capture has failed.</exception>
    public Task<SnapshotContent> CompleteAsync(ReferenceTree? before, CancellationToken cancellationToken) => CompleteAsync(before, null, cancellationToken);

    /// <summary>Ends all disks and makes everything durable that the manifest needs.</summary>
    /// <param name="before">Reference tree of the snapshot before, or null.</param>
    /// <param name="entries">Entries that a new tree begins with, null for those given up; null to continue the tree before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The capture has failed.</exception>
    public async Task<SnapshotContent> CompleteAsync(ReferenceTree? before, IReadOnlyList<WrittenObject?>? entries, CancellationToken cancellationToken)
    {
        ThrowIfDead();
        var ended = new List<SnapshotDisk>();
        long changed = 0;
        foreach (DiskCapture capture in disks)
        {
            (SnapshotDisk disk, long blocks) = await GuardAsync(() => capture.CompleteAsync(cancellationToken)).ConfigureAwait(false);
            ended.Add(disk);
            changed += blocks;
        }

        var written = new List<WrittenObject>();
        foreach (SetCapture set in sets.Values)
        {
            written.AddRange(await GuardAsync(() => set.Packs.CompleteAsync(cancellationToken)).ConfigureAwait(false));
            written.AddRange(await GuardAsync(() => set.Maps.CompleteAsync(cancellationToken)).ConfigureAwait(false));
        }

        int named = written.Count;
        foreach (SetCapture set in sets.Values)
        {
            written.AddRange(await GuardAsync(() => set.Spill.CompleteAsync(cancellationToken)).ConfigureAwait(false));
        }

        WrittenObject[] relied = [.. reliedOn.Values.OrderBy(pack => pack.Id)];
        var places = new Dictionary<ObjectId, long>();
        ReferenceRoot? references = await GuardAsync(() => WriteReferencesAsync(before, entries, [.. relied, .. written[..named]], places, cancellationToken)).ConfigureAwait(false);
        if (references is not null && references != before?.Root)
        {
            written.Add(references.Holder);
        }

        return new SnapshotContent
        {
            Disks = [.. ended.OrderBy(disk => disk.Number)],
            References = references,
            LogicalBytes = ended.Sum(disk => disk.Length),
            ChangedBytes = changed * Scope.BlockSize,
            StoredBytes = written.Sum(item => item.Length),
            Written = [.. written],
            ReliedOn = relied,
            Entries = places,
        };
    }

    /// <summary>Tells the local index what this capture stored. To be called after the commit: what the index says before that is never relied on.</summary>
    /// <param name="workload">The workload whose newest manifest names it.</param>
    /// <param name="content">What the capture gave when it was complete.</param>
    public void Remember(Guid workload, SnapshotContent content)
    {
        foreach (SetCapture set in sets.Values)
        {
            set.Spill.Remember(pack => content.Entries.TryGetValue(pack, out long entry) ? new PackHint(pack, workload, entry) : new PackHint(pack, Guid.Empty, -1));
        }
    }

    /// <summary>Stops what is under way. What was put and is not named by a manifest is left to the collector.</summary>
    public async ValueTask DisposeAsync()
    {
        Fail(new OperationCanceledException("The capture was given up."));
        await Task.WhenAll(workers).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (DiskCapture disk in disks)
        {
            await disk.StopAsync().ConfigureAwait(false);
        }

        foreach (SetCapture set in sets.Values)
        {
            await set.DisposeAsync().ConfigureAwait(false);
        }

        buffers.Dispose();
        ownPacks.Dispose();
        stop.Dispose();
    }

    internal void Return(BlockBatch batch)
    {
        batch.Done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        batch.Disk = null;
        idle.Push(batch);
        free.Release();
    }

    internal void Queue(BlockBatch batch)
    {
        if (!queue.Writer.TryWrite(batch))
        {
            ThrowIfDead(batch);
        }
    }

    internal async ValueTask<ObjectId?> TryReuseAsync(SetCapture set, BlockId id, CancellationToken cancellationToken)
    {
        foreach (ObjectId own in set.Spill.Find(id))
        {
            if (await HoldsAsync(set.Set, own, id, cancellationToken).ConfigureAwait(false))
            {
                return own;
            }
        }

        if (reuse is null || await reuse.FindAsync(set.Set, id, cancellationToken).ConfigureAwait(false) is not { } pack)
        {
            return null;
        }

        reliedOn.TryAdd(pack.Id, pack);
        return pack.Id;
    }

    internal void Fail(Exception cause)
    {
        failure ??= cause;
        queue.Writer.TryComplete();
        foreach (SetCapture set in sets.Values)
        {
            set.Index.Fail(cause);
        }

        if (!stop.IsCancellationRequested)
        {
            stop.Cancel();
        }
    }

    /// <summary>Looks into a pack of this capture that may not be put yet: then the block is stored again.</summary>
    private async ValueTask<bool> HoldsAsync(BlockSet set, ObjectId pack, BlockId id, CancellationToken cancellationToken)
    {
        try
        {
            return (await ownPacks.PackAsync(set, pack, cancellationToken).ConfigureAwait(false)).Directory.TryFind(id, out _, out _);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return false;
        }
    }

    private async Task WorkAsync(BlockWorker worker)
    {
        await foreach (BlockBatch batch in queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                stop.Token.ThrowIfCancellationRequested();
                await worker.RunAsync(batch, stop.Token).ConfigureAwait(false);
                batch.Done.TrySetResult();
            }
            catch (Exception exception)
            {
                Fail(exception);
                batch.Done.TrySetException(exception);
            }
        }
    }

    private async Task<ReferenceRoot?> WriteReferencesAsync(
        ReferenceTree? before, IReadOnlyList<WrittenObject?>? entries, WrittenObject[] named, Dictionary<ObjectId, long> places, CancellationToken cancellationToken)
    {
        if (before is null && named.Length == 0)
        {
            return null;
        }

        ReferenceTreeWriter tree = await ReferenceTreeWriter.OpenAsync(
            Scope.Objects, Scope.Repository, lease, random, entries is null ? before : null, cancellationToken).ConfigureAwait(false);
        foreach (WrittenObject? entry in entries ?? [])
        {
            if (entry is { } kept)
            {
                tree.Add(kept);
            }
            else
            {
                tree.AddGivenUp();
            }
        }

        foreach (WrittenObject item in named)
        {
            places[item.Id] = tree.Add(item);
        }

        return await tree.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<T> GuardAsync<T>(Func<Task<T>> step)
    {
        try
        {
            return await step().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Fail(exception);
            throw failure is null || failure == exception || failure is OperationCanceledException ? exception : ObjectErrors.Unusable("the snapshot", failure);
        }
    }

    private void ThrowIfDead(BlockBatch? batch = null)
    {
        if (failure is not null)
        {
            batch?.Done.TrySetException(failure);
            throw failure is OperationCanceledException ? new OperationCanceledException("The capture was given up.", failure) : ObjectErrors.Unusable("the snapshot", failure);
        }
    }
}
