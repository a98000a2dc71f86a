namespace Portability.Repository.Backends;

/// <summary>An upload of a <see cref="RetryingBlobStore"/>.</summary>
internal sealed class RetryingUpload(IBlobStore store, IBlobUpload inner, RetryLoop loop) : IBlobUpload
{
    private const string Vanished = "TemporaryVanished";

    /// <inheritdoc/>
    public BlobName Name => inner.Name;

    /// <inheritdoc/>
    public long Length => inner.Length;

    /// <inheritdoc/>
    public long Offset => inner.Offset;

    /// <summary>Goes on behind what an attempt without answer left; pieces that were collected are the caller's to send anew.</summary>
    /// <inheritdoc/>
    public async Task AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        StoreErrors.CheckPiece(this, content.Length);
        long start = inner.Offset;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await inner.AppendAsync(content[(int)(inner.Offset - start)..], cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (PortabilityException exception) when (exception.ErrorId is not Vanished && loop.MayTryAgain(exception, attempt))
            {
                await loop.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>After a lost answer the pieces are gone and the object, with this hash, is there: that is this upload's success.</summary>
    /// <inheritdoc/>
    public async Task<PutResult> CompleteAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                PutResult result = await inner.CompleteAsync(sha256, cancellationToken).ConfigureAwait(false);
                return result == PutResult.Exists && attempt > 1 && await IsOwnAsync(sha256, cancellationToken).ConfigureAwait(false) ? PutResult.Created : result;
            }
            catch (PortabilityException exception) when (exception.ErrorId is not Vanished && loop.MayTryAgain(exception, attempt))
            {
                await loop.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
            catch (PortabilityException exception) when (exception.ErrorId is Vanished && attempt > 1)
            {
                if (await IsOwnAsync(sha256, cancellationToken).ConfigureAwait(false))
                {
                    return PutResult.Created;
                }

                throw;
            }
        }
    }

    /// <inheritdoc/>
    public Task AbandonAsync(CancellationToken cancellationToken) =>
        loop.RunAsync(_ => InterceptingBlobStore.Complete(inner.AbandonAsync(cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private Task<bool> IsOwnAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken) =>
        StoredBytes.HaveHashAsync(store, Name, Length, sha256, cancellationToken);
}
