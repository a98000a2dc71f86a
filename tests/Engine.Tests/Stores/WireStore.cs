using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Repository.Backends;

namespace Portability.Engine.Tests.Stores;

/// <summary>
/// Counts what a store on the other end of a network would be sent and send: content, names, listings with a length each. It can cut the
/// connection before a call, for good.
/// </summary>
internal sealed class WireStore : IBlobStore
{
    private const int LengthField = 8;
    private readonly IBlobStore inner;
    private readonly WireTotals totals;

    public WireStore(IBlobStore inner, WireTotals totals)
    {
        this.inner = inner;
        this.totals = totals;
    }

    public string Location => inner.Location;

    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.Put, name.Value, content.Length);
        return inner.PutIfAbsentAsync(name, content, cancellationToken);
    }

    public async ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.Get, name.Value, 2 * LengthField);
        int count = await inner.GetAsync(name, offset, target, cancellationToken);
        totals.Add(name.Value, count);
        return count;
    }

    public ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.GetLength, name.Value, LengthField);
        return inner.GetLengthAsync(name, cancellationToken);
    }

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.List, prefix, 0);
        await foreach (BlobEntry entry in inner.ListAsync(prefix, cancellationToken))
        {
            totals.Add("list " + prefix.Split('/')[0], entry.Name.Value.Length + LengthField);
            yield return entry;
        }
    }

    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.Delete, name.Value, 0);
        return inner.DeleteAsync(name, cancellationToken);
    }

    public async Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.OpenUpload, name.Value, uploadId.Length + (2 * LengthField));
        return new Upload(await inner.OpenUploadAsync(name, uploadId, length, cancellationToken), totals);
    }

    public async IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.ListTemporaries, string.Empty, 0);
        await foreach (TemporaryBlob entry in inner.ListTemporariesAsync(cancellationToken))
        {
            totals.Add("list temporaries", entry.Name.Length + LengthField);
            yield return entry;
        }
    }

    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken)
    {
        totals.Call(StoreOperation.DeleteTemporary, name, 0);
        return inner.DeleteTemporaryAsync(name, cancellationToken);
    }

    private sealed class Upload(IBlobUpload inner, WireTotals totals) : IBlobUpload
    {
        public BlobName Name => inner.Name;

        public long Length => inner.Length;

        public long Offset => inner.Offset;

        public Task AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
        {
            totals.Call(StoreOperation.Append, Name.Value, content.Length);
            return inner.AppendAsync(content, cancellationToken);
        }

        public Task<PutResult> CompleteAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken)
        {
            totals.Call(StoreOperation.Complete, Name.Value, sha256.Length);
            return inner.CompleteAsync(sha256, cancellationToken);
        }

        public Task AbandonAsync(CancellationToken cancellationToken)
        {
            totals.Call(StoreOperation.Abandon, Name.Value, 0);
            return inner.AbandonAsync(cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
