namespace Portability.Repository.Backends;

/// <summary>An upload into a <see cref="MemoryBlobStore"/>.</summary>
internal sealed class MemoryUpload(MemoryBlobStore store, BlobName name, string key, long length) : IBlobUpload
{
    private readonly MemoryStream gathered = new();

    /// <inheritdoc/>
    public BlobName Name => name;

    /// <summary>Its name among the temporaries.</summary>
    public string Key => key;

    /// <inheritdoc/>
    public long Length => length;

    /// <inheritdoc/>
    public long Offset => gathered.Length;

    /// <inheritdoc/>
    public Task AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoreErrors.CheckPiece(this, content.Length);
        store.RequireUpload(this);
        gathered.Write(content.Span);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PutResult> CompleteAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoreErrors.CheckComplete(this);
        return Task.FromResult(store.Complete(this, gathered.ToArray(), sha256.Span));
    }

    /// <inheritdoc/>
    public Task AbandonAsync(CancellationToken cancellationToken) => store.DeleteTemporaryAsync(key, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
