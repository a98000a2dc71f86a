using System.Buffers;
using Portability.Repository.Backends;

namespace Portability.Repository.Objects;

/// <summary>Puts and reads objects by id, whichever copy of them the store holds. Thread-safe.</summary>
/// <remarks>FORMAT.md section 3: any copy serves; copy 0 is asked first, the others are listed when it is absent or wrong.</remarks>
public sealed class StoredObjects
{
    /// <summary>Initialises access to the objects of a store.</summary>
    /// <param name="store">The store.</param>
    public StoredObjects(IBlobStore store) => Store = store;

    /// <summary>The store.</summary>
    public IBlobStore Store { get; }

    /// <summary>Puts a new object under its first name.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="set">Whose blocks it serves.</param>
    /// <param name="id">Its id, drawn for it alone.</param>
    /// <param name="content">All bytes; the same on every try.</param>
    /// <param name="cancellationToken">Gives up; the object may be there or not.</param>
    /// <exception cref="RepositoryException">`ObjectExists`: other bytes stand under this id.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task PutAsync(ObjectKind kind, BlockSet set, ObjectId id, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobName name = RepositoryNames.StoredObject(kind, set, id);
        if (await Store.PutIfAbsentAsync(name, new ReadOnlySequence<byte>(content), cancellationToken).ConfigureAwait(false) == PutResult.Exists
            && !await HoldsAsync(name, content, cancellationToken).ConfigureAwait(false))
        {
            throw new RepositoryException(
                "ObjectExists",
                ErrorKind.Exists,
                $"Failed to write '{name}': other bytes stand under this name.",
                "Run the command again; if it happens twice, run Test-WorkloadRepository.",
                name.Value);
        }
    }

    /// <summary>Reads from the first copy that is whole.</summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="kind">What the object is.</param>
    /// <param name="set">Whose blocks it serves.</param>
    /// <param name="id">Its id.</param>
    /// <param name="read">Reads and checks one copy, by its name; damage there leads to the next copy.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IntegrityException">No copy is there, or the first that is there is damaged and no other serves.</exception>
    internal async Task<T> ReadAsync<T>(
        ObjectKind kind, BlockSet set, ObjectId id, Func<BlobName, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        BlobName first = RepositoryNames.StoredObject(kind, set, id);
        PortabilityException damage;
        try
        {
            return await ReadCopyAsync(first, read, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (IsDamage(exception))
        {
            damage = exception;
        }

        bool missing = damage is StorageException;
        foreach (BlobName name in await OtherCopiesAsync(RepositoryNames.ObjectCopyPrefix(kind, set, id), first, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return await ReadCopyAsync(name, read, cancellationToken).ConfigureAwait(false);
            }
            catch (PortabilityException exception) when (IsDamage(exception))
            {
                (damage, missing) = missing && exception is not StorageException ? (exception, false) : (damage, missing);
            }
        }

        throw missing ? Damage.Missing(first.Value, damage) : damage;
    }

    /// <summary>Reads exactly as many bytes as the target has.</summary>
    /// <exception cref="IntegrityException">The object ends before.</exception>
    internal async Task ReadExactlyAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken)
    {
        int count = await Store.GetAsync(name, offset, target, cancellationToken).ConfigureAwait(false);
        if (count != target.Length)
        {
            throw Damage.At(name.Value, offset + count, FormattableString.Invariant($"the object ends, {target.Length - count} bytes too early"));
        }
    }

    /// <summary>Tells an object's length in bytes.</summary>
    /// <exception cref="StorageException">`ObjectNotFound`.</exception>
    internal async Task<long> LengthAsync(BlobName name, CancellationToken cancellationToken) =>
        await Store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false) ?? throw StoreErrors.ObjectNotFound(name, Store.Location);

    /// <summary>Reads one copy; where a cache gave other bytes than the store has, the store's.</summary>
    private async Task<T> ReadCopyAsync<T>(BlobName name, Func<BlobName, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            return await read(name, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException && Store is CachingBlobStore)
        {
            await ((CachingBlobStore)Store).ForgetAsync(name, cancellationToken).ConfigureAwait(false);
            return await read(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsDamage(PortabilityException exception) =>
        exception is IntegrityException or InvalidFormatException or StorageException { ErrorId: "ObjectNotFound" };

    private async Task<List<BlobName>> OtherCopiesAsync(string prefix, BlobName first, CancellationToken cancellationToken)
    {
        var copies = new List<BlobName>();
        await foreach (BlobEntry entry in Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Name != first)
            {
                copies.Add(entry.Name);
            }
        }

        return copies;
    }

    private async Task<bool> HoldsAsync(BlobName name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (await Store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false) != content.Length)
        {
            return false;
        }

        byte[] piece = new byte[Math.Min(content.Length, 1 << 20)];
        for (int offset = 0; offset < content.Length; offset += piece.Length)
        {
            Memory<byte> target = piece.AsMemory(0, Math.Min(piece.Length, content.Length - offset));
            int count = await Store.GetAsync(name, offset, target, cancellationToken).ConfigureAwait(false);
            if (count != target.Length || !target.Span.SequenceEqual(content.Span.Slice(offset, count)))
            {
                return false;
            }
        }

        return true;
    }
}
