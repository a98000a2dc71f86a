using System.Collections.Concurrent;
using Portability.Core.Native;

namespace Portability.Repository.Packs;

/// <summary>The memory that packs are built in: a fixed number of buffers, so that writers wait while the store is slow. Thread-safe.</summary>
internal sealed class PackBuffers : IDisposable
{
    private readonly ConcurrentStack<Memory<byte>> idle = [];
    private readonly SemaphoreSlim free;

    /// <summary>Initialises the buffers.</summary>
    /// <param name="size">Bytes of one buffer: the longest pack.</param>
    /// <param name="count">Packs that are built or put at one time.</param>
    public PackBuffers(int size, int count)
    {
        Size = size;
        free = new SemaphoreSlim(count, count);
    }

    /// <summary>Bytes of one buffer.</summary>
    public int Size { get; }

    /// <summary>Gives a buffer, its bytes unspecified, as soon as one is free.</summary>
    public async Task<Memory<byte>> RentAsync(CancellationToken cancellationToken)
    {
        await free.WaitAsync(cancellationToken).ConfigureAwait(false);
        return idle.TryPop(out Memory<byte> buffer) ? buffer : AlignedMemory.Allocate(Size);
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(Memory<byte> buffer)
    {
        idle.Push(buffer);
        free.Release();
    }

    public void Dispose()
    {
        idle.Clear();
        free.Dispose();
    }
}
