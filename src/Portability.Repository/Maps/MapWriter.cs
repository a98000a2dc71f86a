using Portability.Core.Crypto;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Maps;

/// <summary>
/// Writes the new nodes of all disks of one set into map objects, as a rule one. Thread-safe. After the first error the writer is dead.
/// </summary>
/// <remarks>FORMAT.md section 10.</remarks>
internal sealed class MapWriter : IDisposable
{
    /// <summary>Length in bytes at which an object is closed, so that memory is bounded however much changed.</summary>
    public const int TargetLength = 8 << 20;

    private readonly ObjectScope scope;
    private readonly BlockSet set;
    private readonly RecordId lease;
    private readonly RandomSource random;
    private readonly SemaphoreSlim gate = new(1, 1);
    private readonly List<WrittenObject> written = [];
    private Exception? failure;
    private ObjectHeader? header;
    private ObjectBuffer? buffer;
    private ObjectSealer? sealer;
    private uint nodes;

    /// <summary>Initialises a writer.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Set of the disks.</param>
    /// <param name="lease">Id of the lease that owns the objects.</param>
    /// <param name="random">Where ids come from.</param>
    public MapWriter(ObjectScope scope, BlockSet set, RecordId lease, RandomSource random)
    {
        this.scope = scope;
        this.set = set;
        this.lease = lease;
        this.random = random;
    }

    /// <summary>Adds a node.</summary>
    /// <param name="text">The node before sealing; read until the call ends.</param>
    /// <param name="cancellationToken">Gives up; the writer is dead then.</param>
    /// <returns>Where it lies.</returns>
    /// <exception cref="RepositoryException">`ObjectUnusable`.</exception>
    public async ValueTask<MapNodeReference> AddAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfDead();
            int length = text.Length + ObjectSealer.Overhead;
            if (buffer is not null && buffer.Length + length > TargetLength)
            {
                await PutAsync(cancellationToken).ConfigureAwait(false);
            }

            Open();
            uint offset = (uint)buffer!.Length;
            sealer!.Seal(ObjectSealer.PartZone, nodes, offset, text.Span, buffer.Append(length));
            return new MapNodeReference(header!.Id, nodes++, offset, (uint)length, Digest.Of(text.Span));
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Puts what is left.</summary>
    /// <param name="cancellationToken">Gives up; the writer is dead then.</param>
    /// <returns>The objects in their order; none if no node was added.</returns>
    /// <exception cref="RepositoryException">`ObjectUnusable`.</exception>
    public async Task<WrittenObject[]> CompleteAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ThrowIfDead();
            if (buffer is not null)
            {
                await PutAsync(cancellationToken).ConfigureAwait(false);
            }

            return [.. written];
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose()
    {
        sealer?.Dispose();
        gate.Dispose();
    }

    private void Open()
    {
        if (buffer is null)
        {
            header = scope.NewHeader(ObjectKind.Map, set, lease, random);
            sealer = new ObjectSealer(scope.Keyring, header);
            buffer = new ObjectBuffer(header);
            nodes = 0;
        }
    }

    private async Task PutAsync(CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> content = buffer!.Content;
            await scope.Objects.PutAsync(ObjectKind.Map, set, header!.Id, content, cancellationToken).ConfigureAwait(false);
            written.Add(new WrittenObject(ObjectKind.Map, set, header.Id, content.Length, Digest.Of(content.Span)));
            sealer!.Dispose();
            (buffer, sealer, header) = (null, null, null);
        }
        catch (Exception exception)
        {
            failure = exception;
            throw;
        }
    }

    private void ThrowIfDead()
    {
        if (failure is not null)
        {
            throw ObjectErrors.Unusable("map nodes", failure);
        }
    }
}
