using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>
/// Tries again what failed for a reason that passes, with bounded attempts and jittered waits. A put whose answer was lost is sent again
/// with the same bytes; when that finds the name taken, the object is read back, and equal bytes are this put's success (FORMAT.md,
/// section 3). Thread-safe.
/// </summary>
public sealed class RetryingBlobStore : IBlobStore
{
    private readonly IBlobStore inner;
    private readonly RetryLoop loop;

    /// <summary>Initialises the decorator.</summary>
    /// <param name="inner">The store that does the work.</param>
    /// <param name="options">How often and how soon.</param>
    /// <param name="clock">Measures the waits.</param>
    /// <param name="random">Spreads the waits.</param>
    public RetryingBlobStore(IBlobStore inner, RetryOptions options, TimeProvider clock, RandomSource random)
    {
        this.inner = inner;
        loop = new RetryLoop(options, clock, random);
    }

    /// <inheritdoc/>
    public string Location => inner.Location;

    /// <inheritdoc/>
    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) => loop.RunAsync(
        async attempt =>
        {
            PutResult result = await inner.PutIfAbsentAsync(name, content, cancellationToken).ConfigureAwait(false);
            return result == PutResult.Exists && attempt > 1 && await StoredBytes.AreAsync(inner, name, content, cancellationToken).ConfigureAwait(false)
                ? PutResult.Created
                : result;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        await loop.RunAsync(_ => inner.GetAsync(name, offset, target, cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken) =>
        await loop.RunAsync(_ => inner.GetLengthAsync(name, cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        StoreErrors.CheckPrefix(prefix);
        return ListAgainAsync(() => inner.ListAsync(prefix, cancellationToken), entry => entry.Name.Value, cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken) =>
        loop.RunAsync(_ => InterceptingBlobStore.Complete(inner.DeleteAsync(name, cancellationToken)), cancellationToken);

    /// <inheritdoc/>
    public async Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken)
    {
        IBlobUpload upload = await loop.RunAsync(_ => inner.OpenUploadAsync(name, uploadId, length, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new RetryingUpload(inner, upload, loop);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken) =>
        ListAgainAsync(() => inner.ListTemporariesAsync(cancellationToken), entry => entry.Name, cancellationToken);

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken) =>
        loop.RunAsync(_ => InterceptingBlobStore.Complete(inner.DeleteTemporaryAsync(name, cancellationToken)), cancellationToken);

    /// <summary>Lists again after a failure and passes over what was given: listings are ordered.</summary>
    private async IAsyncEnumerable<T> ListAgainAsync<T>(Func<IAsyncEnumerable<T>> list, Func<T, string> nameOf, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? last = null;
        for (int attempt = 1; ; attempt++)
        {
            IAsyncEnumerator<T> entries = list().GetAsyncEnumerator(cancellationToken);
            await using ConfiguredAsyncDisposable disposal = entries.ConfigureAwait(false);
            bool failed = false;
            while (!failed)
            {
                bool found = false;
                try
                {
                    found = await entries.MoveNextAsync().ConfigureAwait(false);
                }
                catch (PortabilityException exception) when (loop.MayTryAgain(exception, attempt))
                {
                    failed = true;
                }

                if (failed)
                {
                    await loop.WaitAsync(attempt, cancellationToken).ConfigureAwait(false);
                }
                else if (!found)
                {
                    yield break;
                }
                else if (last is null || string.CompareOrdinal(nameOf(entries.Current), last) > 0)
                {
                    last = nameOf(entries.Current);
                    yield return entries.Current;
                }
            }
        }
    }
}
