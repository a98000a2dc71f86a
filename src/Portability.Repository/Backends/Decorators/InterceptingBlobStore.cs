using System.Buffers;
using System.Runtime.CompilerServices;

namespace Portability.Repository.Backends;

/// <summary>A decorator that sends every call, also those of uploads, through one method. Listings are read whole within their call.</summary>
public abstract class InterceptingBlobStore : IBlobStore
{
    private readonly IBlobStore inner;

    /// <summary>Initialises the decorator.</summary>
    /// <param name="inner">The store that does the work.</param>
    protected InterceptingBlobStore(IBlobStore inner) => this.inner = inner;

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        InterceptAsync(new StoreCall(StoreOperation.Put, name.Value), () => inner.PutIfAbsentAsync(name, content, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        await InterceptAsync(
            new StoreCall(StoreOperation.Get, name.Value), () => inner.GetAsync(name, offset, target, cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken) =>
        await InterceptAsync(
            new StoreCall(StoreOperation.GetLength, name.Value), () => inner.GetLengthAsync(name, cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        IAsyncEnumerable<BlobEntry> listing = inner.ListAsync(prefix, cancellationToken);
        return EnumerateAsync(new StoreCall(StoreOperation.List, prefix), listing, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken) =>
        InterceptAsync(new StoreCall(StoreOperation.Delete, name.Value), () => Complete(inner.DeleteAsync(name, cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public async Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken)
    {
        IBlobUpload upload = await InterceptAsync(
            new StoreCall(StoreOperation.OpenUpload, name.Value), () => inner.OpenUploadAsync(name, uploadId, length, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new InterceptedUpload(this, upload);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken) =>
        EnumerateAsync(new StoreCall(StoreOperation.ListTemporaries, string.Empty), inner.ListTemporariesAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken) =>
        InterceptAsync(new StoreCall(StoreOperation.DeleteTemporary, name), () => Complete(inner.DeleteTemporaryAsync(name, cancellationToken)), cancellationToken);

    /// <summary>Stands around one call.</summary>
    /// <typeparam name="T">Type of its answer.</typeparam>
    /// <param name="call">What is asked.</param>
    /// <param name="proceed">Does it.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    protected internal abstract Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken);

    /// <summary>Gives a task without answer one.</summary>
    internal static async Task<bool> Complete(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    private async IAsyncEnumerable<T> EnumerateAsync<T>(StoreCall call, IAsyncEnumerable<T> listing, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (T entry in await InterceptAsync(call, () => ReadAsync(listing, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    private static async Task<List<T>> ReadAsync<T>(IAsyncEnumerable<T> listing, CancellationToken cancellationToken)
    {
        List<T> entries = [];
        await foreach (T entry in listing.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
