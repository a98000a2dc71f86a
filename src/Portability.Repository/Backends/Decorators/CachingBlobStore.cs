using System.Buffers;
using Portability.Core.Crypto;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>
/// Keeps small objects that never change on a local disk. Only <see cref="GetAsync"/> is answered from there; presence, length and listings
/// are always asked of the store, so an object that another process deleted may still be read here. An entry that is damaged is noticed by
/// its own hash and read anew. One that lies (whole, but not the object) is noticed by the reader, who checks all bytes against what was
/// signed: it calls <see cref="ForgetAsync"/> and reads again. Checks read <see cref="Inner"/>. Thread-safe.
/// </summary>
public sealed class CachingBlobStore : IBlobStore
{
    private const long RecentBytes = 16 << 20;

    private readonly BlobCacheFolder cache;
    private readonly RecentBlobs recent = new(RecentBytes);
    private readonly IBlobStore inner;
    private readonly BlobCacheOptions options;

    /// <summary>Initialises the decorator.</summary>
    /// <param name="inner">The store that has the objects.</param>
    /// <param name="folder">Folder of the cache, of one store only; it is made when it is first needed.</param>
    /// <param name="options">What is kept.</param>
    public CachingBlobStore(IBlobStore inner, string folder, BlobCacheOptions options)
        : this(inner, new BlobCacheFolder(Path.GetFullPath(folder), options, FileSystemCalls.Create(), RandomSource.System), options)
    {
    }

    /// <summary>Initialises the decorator over a given cache.</summary>
    internal CachingBlobStore(IBlobStore inner, BlobCacheFolder cache, BlobCacheOptions options)
    {
        this.inner = inner;
        this.cache = cache;
        this.options = options;
    }

    /// <summary>The store that has the objects.</summary>
    public IBlobStore Inner => inner;

    /// <summary>Reads that the cache answered.</summary>
    public long Hits => Interlocked.Read(ref hits);

    /// <inheritdoc/>
    public string Location => inner.Location;

    private long hits;

    /// <summary>Drops an entry whose bytes are not what was signed; the next read asks the store.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task ForgetAsync(BlobName name, CancellationToken cancellationToken)
    {
        recent.Remove(name);
        return Task.Run(() => cache.Remove(name), cancellationToken);
    }

    /// <summary>Reads a whole object that a listing has just shown: what the cache has is not asked of the store again. The array belongs to the caller.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="maximumLength">Longest object that is read, in bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if it is gone since, which only the store notices.</returns>
    /// <exception cref="IntegrityException">`ObjectTooLong`.</exception>
    /// <exception cref="StorageException">As <see cref="IBlobStore.GetAsync"/>, without `ObjectNotFound`.</exception>
    public async Task<byte[]?> TryReadListedAsync(BlobName name, int maximumLength, CancellationToken cancellationToken)
    {
        if (options.Keeps(name) && await Task.Run(() => cache.Read(name), cancellationToken).ConfigureAwait(false) is { } content)
        {
            Interlocked.Increment(ref hits);
            return content;
        }

        return await this.TryReadAllAsync(name, maximumLength, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads a whole object from the cache alone.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if the cache has none. What it has may be what another object of this name once was.</returns>
    public Task<byte[]?> TryReadCachedAsync(BlobName name, CancellationToken cancellationToken) =>
        options.Keeps(name) ? Task.Run(() => cache.Read(name), cancellationToken) : Task.FromResult<byte[]?>(null);

    /// <inheritdoc/>
    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        inner.PutIfAbsentAsync(name, content, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        if (!options.Keeps(name))
        {
            return await inner.GetAsync(name, offset, target, cancellationToken).ConfigureAwait(false);
        }

        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        byte[]? content = recent.Find(name) ?? await Task.Run(() => cache.Read(name), cancellationToken).ConfigureAwait(false);
        if (content is not null)
        {
            Interlocked.Increment(ref hits);
            recent.Keep(name, content);
            return Copy(content, offset, target);
        }

        long? length = await inner.GetLengthAsync(name, cancellationToken).ConfigureAwait(false);
        if (length is null || length > options.MaximumObjectLength)
        {
            return await inner.GetAsync(name, offset, target, cancellationToken).ConfigureAwait(false);
        }

        content = await inner.ReadAllAsync(name, options.MaximumObjectLength, cancellationToken).ConfigureAwait(false);
        byte[] read = content;
        await Task.Run(() => cache.Write(name, read), cancellationToken).ConfigureAwait(false);
        return Copy(content, offset, target);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken) => inner.GetLengthAsync(name, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

    /// <inheritdoc/>
    public async Task DeleteAsync(BlobName name, CancellationToken cancellationToken)
    {
        await inner.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        await ForgetAsync(name, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken) =>
        inner.OpenUploadAsync(name, uploadId, length, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken) => inner.ListTemporariesAsync(cancellationToken);

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken) => inner.DeleteTemporaryAsync(name, cancellationToken);

    private static int Copy(byte[] content, long offset, Memory<byte> target)
    {
        int count = (int)Math.Clamp(content.Length - offset, 0, target.Length);
        content.AsSpan((int)Math.Min(offset, content.Length), count).CopyTo(target.Span);
        return count;
    }
}
