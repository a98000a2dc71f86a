using System.Buffers;
using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>Looks for copies of objects, and puts the same bytes again under a lease.</summary>
/// <remarks>FORMAT.md section 3.</remarks>
public static class ObjectCopies
{
    /// <summary>Tells whether a store has an object, under any of its names. Asks for lengths only.</summary>
    /// <param name="store">The store.</param>
    /// <param name="item">The object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static async Task<bool> IsThereAsync(IBlobStore store, WrittenObject item, CancellationToken cancellationToken) =>
        await store.GetLengthAsync(RepositoryNames.StoredObject(item.Kind, item.Set, item.Id), cancellationToken).ConfigureAwait(false) == item.Length
        || (await ListAsync(store, item, cancellationToken).ConfigureAwait(false)).Count > 0;

    /// <summary>Lists the names of all copies of an object.</summary>
    internal static async Task<List<BlobName>> ListAsync(IBlobStore store, WrittenObject item, CancellationToken cancellationToken)
    {
        var copies = new List<BlobName>();
        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.ObjectCopyPrefix(item.Kind, item.Set, item.Id), cancellationToken).ConfigureAwait(false))
        {
            if (entry.Length == item.Length)
            {
                copies.Add(entry.Name);
            }
        }

        return copies;
    }

    /// <summary>Tells whether there is a copy that no list names.</summary>
    internal static async Task<bool> HasGoodAsync(IBlobStore store, WrittenObject item, CondemnedLists lists, CancellationToken cancellationToken)
    {
        if (!lists.NamesAny(item.Id)
            && await store.GetLengthAsync(RepositoryNames.StoredObject(item.Kind, item.Set, item.Id), cancellationToken).ConfigureAwait(false) == item.Length)
        {
            return true;
        }

        List<BlobName> copies = await ListAsync(store, item, cancellationToken).ConfigureAwait(false);
        return copies.Exists(copy => !lists.Names(copy));
    }

    /// <summary>Puts the bytes of whichever copy is whole as the lease's own.</summary>
    /// <exception cref="IntegrityException">`ObjectMissing`: none is.</exception>
    internal static async Task PutAgainAsync(IBlobStore store, WrittenObject item, RecordId lease, CancellationToken cancellationToken)
    {
        BlobName own = RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, lease);
        PortabilityException? cause = null;
        foreach (BlobName copy in await ListAsync(store, item, cancellationToken).ConfigureAwait(false))
        {
            if (copy == own)
            {
                return;
            }

            byte[] bytes = ArrayPool<byte>.Shared.Rent(checked((int)item.Length));
            try
            {
                Memory<byte> content = bytes.AsMemory(0, (int)item.Length);
                int count = await store.GetAsync(copy, 0, content, cancellationToken).ConfigureAwait(false);
                if (count == content.Length && Digest.Of(content.Span) == item.Hash)
                {
                    await store.PutIfAbsentAsync(own, content, cancellationToken).ConfigureAwait(false);
                    return;
                }
            }
            catch (StorageException exception) when (exception.ErrorId is "ObjectNotFound")
            {
                cause = exception; // the next copy may be there
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }

        throw LeaseErrors.ObjectGone(RepositoryNames.StoredObject(item.Kind, item.Set, item.Id), item.Length, cause);
    }
}
