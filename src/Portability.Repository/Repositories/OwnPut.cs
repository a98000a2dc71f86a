using Portability.Repository.Backends;

namespace Portability.Repository.Repositories;

/// <summary>A put that knows its own bytes: an answer that was lost and came back as `Exists` is success.</summary>
internal static class OwnPut
{
    /// <summary>Puts an object; true if it is there with these bytes, by this call or by an earlier one.</summary>
    /// <exception cref="StorageException">The store cannot be read or written.</exception>
    public static async Task<bool> PutOrOwnAsync(this IBlobStore store, BlobName name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (await store.PutIfAbsentAsync(name, bytes, cancellationToken).ConfigureAwait(false) == PutResult.Created)
        {
            return true;
        }

        long? length = await store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false);
        return length == bytes.Length
            && await store.TryReadAllAsync(name, bytes.Length, cancellationToken).ConfigureAwait(false) is { } there
            && there.AsSpan().SequenceEqual(bytes.Span);
    }

    /// <summary>Puts trust record 1, beside the plain name where that is taken; gives the name it has.</summary>
    /// <exception cref="StorageException">The store cannot be read or written.</exception>
    public static async Task<BlobName> PutFirstTrustAsync(this IBlobStore store, Records.SignedRecord record, CancellationToken cancellationToken)
    {
        BlobName plain = RepositoryNames.Trust(1);
        if (await store.PutOrOwnAsync(plain, record.Bytes, cancellationToken).ConfigureAwait(false))
        {
            return plain;
        }

        BlobName beside = RepositoryNames.FirstTrust(record.Id);
        await store.PutIfAbsentAsync(beside, record.Bytes, cancellationToken).ConfigureAwait(false);
        return beside;
    }
}
