using System.Buffers;
using Portability.Repository.Backends;

namespace Portability.Repository.Tests.Repositories;

/// <summary>Calls back before and after each call of another store; a callback that throws stops the call, or hides that it happened.</summary>
internal sealed class HookedBlobStore(IBlobStore inner, Func<string, Task>? before = null, Func<string, Task>? after = null, string? location = null) : IBlobStore
{
    public string Location => location ?? inner.Location;

    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken) =>
        RunAsync("put " + name, () => inner.PutIfAbsentAsync(name, content, cancellationToken));

    public async ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken) =>
        await RunAsync("get " + name, () => inner.GetAsync(name, offset, target, cancellationToken).AsTask());

    public async ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken) =>
        await RunAsync("length " + name, () => inner.GetLengthAsync(name, cancellationToken).AsTask());

    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<BlobEntry> entries = await RunAsync("list " + prefix, () => inner.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken).AsTask());
        foreach (BlobEntry entry in entries)
        {
            yield return entry;
        }
    }

    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken) => RunAsync("delete " + name, async () =>
    {
        await inner.DeleteAsync(name, cancellationToken);
        return true;
    });

    public Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken) =>
        inner.OpenUploadAsync(name, uploadId, length, cancellationToken);

    public IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken) => inner.ListTemporariesAsync(cancellationToken);

    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken) => inner.DeleteTemporaryAsync(name, cancellationToken);

    private async Task<T> RunAsync<T>(string call, Func<Task<T>> run)
    {
        if (before is not null)
        {
            await before(call);
        }

        T result = await run();
        if (after is not null)
        {
            await after(call);
        }

        return result;
    }
}
