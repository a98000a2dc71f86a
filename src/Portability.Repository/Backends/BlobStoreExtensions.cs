using System.Buffers;

namespace Portability.Repository.Backends;

/// <summary>What callers of any store need often.</summary>
public static class BlobStoreExtensions
{
    /// <summary>Puts an object that lies in one piece; see <see cref="IBlobStore.PutIfAbsentAsync"/>.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="content">All bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<PutResult> PutIfAbsentAsync(this IBlobStore store, BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        store.PutIfAbsentAsync(name, new ReadOnlySequence<byte>(content), cancellationToken);

    /// <summary>Reads a whole object that must not be longer than a limit; the array belongs to the caller.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="maximumLength">Longest object that is read, in bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">`ObjectTooLong`: the object is longer.</exception>
    /// <exception cref="StorageException">As <see cref="IBlobStore.GetAsync"/>.</exception>
    public static async Task<byte[]> ReadAllAsync(this IBlobStore store, BlobName name, int maximumLength, CancellationToken cancellationToken) =>
        await store.TryReadAllAsync(name, maximumLength, cancellationToken).ConfigureAwait(false) ?? throw StoreErrors.ObjectNotFound(name, store.Location);

    /// <summary>Reads a whole object that must not be longer than a limit, or null if there is none; the array belongs to the caller.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The object's name.</param>
    /// <param name="maximumLength">Longest object that is read, in bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">`ObjectTooLong`: the object is longer.</exception>
    /// <exception cref="StorageException">As <see cref="IBlobStore.GetAsync"/>, without `ObjectNotFound`.</exception>
    public static async Task<byte[]?> TryReadAllAsync(this IBlobStore store, BlobName name, int maximumLength, CancellationToken cancellationToken)
    {
        long? length = await store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false);
        if (length is null)
        {
            return null;
        }

        if (length > maximumLength)
        {
            throw new IntegrityException(
                "ObjectTooLong",
                FormattableString.Invariant($"Failed to read '{name}' in '{store.Location}': it has {length} bytes, at most {maximumLength} are allowed."),
                "Run Test-WorkloadRepository to see which snapshots need it, and Sync-WorkloadDelta from a mirror to bring it back.",
                name.Value);
        }

        byte[] content = new byte[length.Value];
        try
        {
            int count = await store.GetAsync(name, 0, content, cancellationToken).ConfigureAwait(false);
            return count == content.Length ? content : content[..count];
        }
        catch (StorageException exception) when (exception.ErrorId is "ObjectNotFound")
        {
            return null; // deleted between the two calls
        }
    }
}
