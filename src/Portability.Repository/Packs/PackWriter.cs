using Portability.Core.Crypto;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Packs;

/// <summary>
/// Writes the frames of one set into packs, and puts each pack whole when it is full. Thread-safe. After the first error the writer is dead:
/// every further call throws `ObjectUnusable`, since what was sealed under an id is never sealed again.
/// </summary>
/// <remarks>FORMAT.md section 9.</remarks>
internal sealed class PackWriter : IAsyncDisposable
{
    /// <summary>Length in bytes at which a pack is closed.</summary>
    public const int TargetLength = 32 << 20;

    private readonly ObjectScope scope;
    private readonly BlockSet set;
    private readonly RecordId lease;
    private readonly RandomSource random;
    private readonly PackBuffers buffers;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly List<Task<WrittenObject>> puts = [];
    private readonly CancellationTokenSource dead = new();
    private volatile Exception? failure;
    private OpenPack? current;

    /// <summary>Initialises a writer.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Whose blocks are written.</param>
    /// <param name="lease">Id of the lease that owns the packs.</param>
    /// <param name="random">Where ids come from.</param>
    /// <param name="buffers">Memory; may be shared by writers.</param>
    public PackWriter(ObjectScope scope, BlockSet set, RecordId lease, RandomSource random, PackBuffers buffers)
    {
        this.scope = scope;
        this.set = set;
        this.lease = lease;
        this.random = random;
        this.buffers = buffers;
    }

    /// <summary>Adds a frame.</summary>
    /// <param name="text">The frame, packed, not sealed; read until the call ends.</param>
    /// <param name="ids">Content ids of its blocks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Where it will lie.</returns>
    /// <exception cref="RepositoryException">`ObjectUnusable`.</exception>
    public async ValueTask<FramePlace> AddAsync(ReadOnlyMemory<byte> text, ReadOnlyMemory<BlockId> ids, CancellationToken cancellationToken)
    {
        ThrowIfDead();
        OpenPack pack;
        int number;
        FramePlace place;
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (current is null || !current.TryTake(text.Length, ids.Span, out number, out place))
            {
                CloseCurrent();
                current = await OpenAsync(cancellationToken).ConfigureAwait(false);
            }

            pack = current;
        }
        finally
        {
            gate.Release();
        }

        pack.Seal(number, place, text.Span);
        return place;
    }

    /// <summary>Puts the last pack and waits until all are durable.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The packs in the order they were opened.</returns>
    /// <exception cref="RepositoryException">`ObjectUnusable`.</exception>
    public async Task<WrittenObject[]> CompleteAsync(CancellationToken cancellationToken)
    {
        ThrowIfDead();
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            CloseCurrent();
        }
        finally
        {
            gate.Release();
        }

        try
        {
            return await Task.WhenAll(puts).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception) when (failure is not null)
        {
            throw ObjectErrors.Unusable("packs", failure);
        }
    }

    /// <summary>Waits for what is under way and gives the memory back. A pack that is not complete is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        await dead.CancelAsync().ConfigureAwait(false);
        await ((Task)Task.WhenAll(puts)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (current is not null)
        {
            buffers.Return(current.Buffer);
            current.Dispose();
            current = null;
        }

        dead.Dispose();
        gate.Dispose();
    }

    private async Task<OpenPack> OpenAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, dead.Token);
        Memory<byte> buffer;
        try
        {
            buffer = await buffers.RentAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            ThrowIfDead();
            throw;
        }

        ThrowIfDead(buffer);
        return new OpenPack(scope, scope.NewHeader(ObjectKind.Pack, set, lease, random), buffer);
    }

    private void CloseCurrent()
    {
        if (current is not null)
        {
            OpenPack pack = current;
            current = null;
            pack.Close();
            puts.Add(Task.Run(() => PutAsync(pack)));
        }
    }

    private async Task<WrittenObject> PutAsync(OpenPack pack)
    {
        try
        {
            await pack.Filled.WaitAsync(dead.Token).ConfigureAwait(false);
            ReadOnlyMemory<byte> content = pack.Finish();
            Task put = scope.Objects.PutAsync(ObjectKind.Pack, set, pack.Id, content, dead.Token);
            var digest = Digest.Of(content.Span);
            await put.ConfigureAwait(false);
            return new WrittenObject(ObjectKind.Pack, set, pack.Id, content.Length, digest);
        }
        catch (Exception exception)
        {
            failure ??= exception;
            await dead.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            buffers.Return(pack.Buffer);
            pack.Dispose();
        }
    }

    private void ThrowIfDead(Memory<byte>? rented = null)
    {
        if (failure is not null)
        {
            if (rented is { } buffer)
            {
                buffers.Return(buffer);
            }

            throw ObjectErrors.Unusable("packs", failure);
        }
    }
}
