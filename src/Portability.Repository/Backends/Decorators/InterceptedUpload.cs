namespace Portability.Repository.Backends;

/// <summary>An upload whose calls go through an <see cref="InterceptingBlobStore"/>.</summary>
internal sealed class InterceptedUpload(InterceptingBlobStore store, IBlobUpload inner) : IBlobUpload
{
    /// <inheritdoc/>
    public BlobName Name => inner.Name;

    /// <inheritdoc/>
    public long Length => inner.Length;

    /// <inheritdoc/>
    public long Offset => inner.Offset;

    /// <inheritdoc/>
    public Task AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        store.InterceptAsync(new StoreCall(StoreOperation.Append, Name.Value), () => InterceptingBlobStore.Complete(inner.AppendAsync(content, cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public Task<PutResult> CompleteAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken) =>
        store.InterceptAsync(new StoreCall(StoreOperation.Complete, Name.Value), () => inner.CompleteAsync(sha256, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task AbandonAsync(CancellationToken cancellationToken) =>
        store.InterceptAsync(new StoreCall(StoreOperation.Abandon, Name.Value), () => InterceptingBlobStore.Complete(inner.AbandonAsync(cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
