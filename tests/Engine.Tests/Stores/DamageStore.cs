using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Repository.Backends;

namespace Portability.Engine.Tests.Stores;

/// <summary>Shows a store as if one object had other bytes, or were gone.</summary>
internal sealed class DamageStore : IBlobStore
{
    private readonly IBlobStore inner;

    public DamageStore(IBlobStore inner) => this.inner = inner;

    /// <summary>The object, and its bytes; null for one that is gone.</summary>
    public (string Name, byte[]? Content)? Damage { get; set; }

    public string Location => inner.Location;

    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) => inner.PutIfAbsentAsync(name, content, cancellationToken);

    public ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (Damage is not { } damage || damage.Name != name.Value)
        {
            return inner.GetAsync(name, offset, target, cancellationToken);
        }

        byte[] content = damage.Content ?? throw new StorageException("ObjectNotFound", ErrorKind.NotFound, $"Failed to read '{name}': it is not there.", "None.", name.Value);
        int count = (int)Math.Clamp(content.Length - offset, 0, target.Length);
        content.AsSpan((int)Math.Min(offset, content.Length), count).CopyTo(target.Span);
        return new ValueTask<int>(count);
    }

    public ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken) =>
        Damage is { } damage && damage.Name == name.Value ? new ValueTask<long?>(damage.Content?.Length) : inner.GetLengthAsync(name, cancellationToken);

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in inner.ListAsync(prefix, cancellationToken))
        {
            if (Damage is not { } damage || damage.Name != entry.Name.Value)
            {
                yield return entry;
            }
            else if (damage.Content is not null)
            {
                yield return entry with { Length = damage.Content.Length };
            }
        }
    }

    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    public Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken) => inner.OpenUploadAsync(name, uploadId, length, cancellationToken);

    public IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken) => inner.ListTemporariesAsync(cancellationToken);

    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken) => inner.DeleteTemporaryAsync(name, cancellationToken);
}
