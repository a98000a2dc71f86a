using System.Buffers;
using System.Runtime.CompilerServices;
using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>A store in memory, for tests and models. Every call completes at once, on the caller's thread.</summary>
public sealed class MemoryBlobStore : IBlobStore
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, byte[]> objects;
    private readonly Dictionary<string, MemoryUpload> uploads = new(StringComparer.Ordinal);

    /// <summary>Initialises an empty store.</summary>
    public MemoryBlobStore() => objects = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);

    /// <summary>Initialises a store with the objects of another, whose bytes it shares: they never change.</summary>
    /// <param name="other">The other store.</param>
    internal MemoryBlobStore(MemoryBlobStore other)
    {
        lock (other.gate)
        {
            objects = new SortedDictionary<string, byte[]>(other.objects, StringComparer.Ordinal);
        }
    }

    /// <inheritdoc/>
    public string Location => "memory";

    /// <inheritdoc/>
    public Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] copy = content.ToArray();
        lock (gate)
        {
            return Task.FromResult(objects.TryAdd(name.Value, copy) ? PutResult.Created : PutResult.Exists);
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        byte[] content;
        lock (gate)
        {
            content = objects.TryGetValue(name.Value, out byte[]? found) ? found : throw StoreErrors.ObjectNotFound(name, Location);
        }

        int count = (int)Math.Clamp(content.Length - offset, 0, target.Length);
        content.AsSpan((int)Math.Min(offset, content.Length), count).CopyTo(target.Span);
        return ValueTask.FromResult(count);
    }

    /// <inheritdoc/>
    public ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            return ValueTask.FromResult<long?>(objects.TryGetValue(name.Value, out byte[]? found) ? found.Length : null);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        StoreErrors.CheckPrefix(prefix);
        return Enumerate<BlobEntry>(
            () =>
            {
                lock (gate)
                {
                    return [.. objects.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal))
                        .Select(entry => new BlobEntry(BlobName.Parse(entry.Key), entry.Value.Length))];
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(BlobName name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            objects.Remove(name.Value);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        StoreErrors.CheckUpload(uploadId, length);
        lock (gate)
        {
            string key = UploadName.Of(name, uploadId);
            if (!uploads.TryGetValue(key, out MemoryUpload? upload) || upload.Length != length)
            {
                upload = new MemoryUpload(this, name, key, length);
                uploads[key] = upload;
            }

            return Task.FromResult<IBlobUpload>(upload);
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken) => Enumerate<TemporaryBlob>(
        () =>
        {
            lock (gate)
            {
                return [.. uploads.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                    .Select(entry => new TemporaryBlob(entry.Key, UploadName.GetUploadId(entry.Key), entry.Value.Offset))];
            }
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        UploadName.Check(name);
        lock (gate)
        {
            uploads.Remove(name);
        }

        return Task.CompletedTask;
    }

    /// <summary>Puts what an upload gathered.</summary>
    internal PutResult Complete(MemoryUpload upload, byte[] content, ReadOnlySpan<byte> sha256)
    {
        lock (gate)
        {
            RequireUpload(upload);
            uploads.Remove(upload.Key);
            byte[] found = ContentHash.Sha256(content);
            if (!ContentHash.AreSame(found, sha256))
            {
                throw StoreErrors.DamagedInTransfer(upload.Name, Location, sha256, found);
            }

            return objects.TryAdd(upload.Name.Value, content) ? PutResult.Created : PutResult.Exists;
        }
    }

    /// <summary>Fails if an upload was collected.</summary>
    internal void RequireUpload(MemoryUpload upload)
    {
        lock (gate)
        {
            if (!uploads.TryGetValue(upload.Key, out MemoryUpload? current) || current != upload)
            {
                throw StoreErrors.TemporaryVanished(upload.Name, Location);
            }
        }
    }

    private static async IAsyncEnumerable<T> Enumerate<T>(Func<IReadOnlyList<T>> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (T entry in read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }
}
