using System.Buffers;

namespace Portability.Repository.Backends;

/// <summary>
/// Named objects that never change. Thread-safe: any number of calls may be under way at once, from any number of processes and
/// machines over the same store.
/// <para>
/// Consistency: what one put has answered, every get and list that starts later shows, whoever asks; what one delete has answered, none
/// shows. An object is visible whole or not at all. No object has the name of another's folder. A store that cannot promise this refuses to open (`StoreNotConsistent`).
/// </para>
/// <para>
/// Cancellation and errors: a put or delete that was cancelled or failed may have happened. Sending it again is always right, with the same
/// bytes. Errors are <see cref="StorageException"/>; <see cref="PortabilityException.IsTransient"/> tells whether trying again can help.
/// Ids that every backend uses: `ObjectNotFound`, `StoreNotFound`, `StoreFull`, `StoreReadOnly`, `StoreAccessDenied`, `StoreReadFailed`,
/// `StoreWriteFailed`, `StoreUnreachable`, `StoreNotConsistent`, `TemporaryVanished`.
/// </para>
/// </summary>
public interface IBlobStore
{
    /// <summary>Where the store is, for messages: a path or an address, without secrets.</summary>
    string Location { get; }

    /// <summary>
    /// Puts an object unless its name is taken. Exactly one of all callers, ever, gets <see cref="PutResult.Created"/> for one name.
    /// Returns when the object would survive a power cut; that holds for <see cref="PutResult.Exists"/> too. A lost answer shows as
    /// <see cref="PutResult.Exists"/> on the next try: a retrying decorator reads back and knows its own bytes.
    /// </summary>
    /// <param name="name">The object's name.</param>
    /// <param name="content">All bytes; the caller leaves them alone until the call has ended.</param>
    /// <param name="cancellationToken">Gives up; the object may be there or not.</param>
    /// <exception cref="StorageException">`StoreFull`, `StoreReadOnly`, `StoreAccessDenied`, `StoreWriteFailed`, `StoreNotFound`, `StoreUnreachable`.</exception>
    Task<PutResult> PutIfAbsentAsync(BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Reads part of an object. Fills the target unless the object ends before; an offset at or behind the end gives 0.
    /// </summary>
    /// <param name="name">The object's name.</param>
    /// <param name="offset">Where to start, in bytes from the object's start; not negative.</param>
    /// <param name="target">Where the bytes go; owned by the caller, unspecified after an error.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Bytes read.</returns>
    /// <exception cref="StorageException">`ObjectNotFound`, `StoreReadFailed`, `StoreAccessDenied`, `StoreNotFound`, `StoreUnreachable`.</exception>
    ValueTask<int> GetAsync(BlobName name, long offset, Memory<byte> target, CancellationToken cancellationToken);

    /// <summary>Tells an object's length in bytes, or null if there is no such object.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">`StoreReadFailed`, `StoreAccessDenied`, `StoreNotFound`, `StoreUnreachable`.</exception>
    ValueTask<long?> GetLengthAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>
    /// Lists the objects whose names begin with a text, ordered by code point. An object that was put before the listing began and not
    /// deleted is given exactly once; one that comes or goes meanwhile may be given or not. What is no <see cref="BlobName"/>, and what is
    /// temporary, is never given. An empty listing means that nothing is there, never that the store is away (`StoreNotFound`).
    /// </summary>
    /// <param name="prefix">Empty, or the beginning of names; see <see cref="BlobName.IsPrefix"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">No name can begin so.</exception>
    /// <exception cref="StorageException">`StoreReadFailed`, `StoreAccessDenied`, `StoreNotFound`, `StoreUnreachable`.</exception>
    IAsyncEnumerable<BlobEntry> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Deletes an object; one that is not there is deleted already. Returns when a power cut would not bring it back.</summary>
    /// <param name="name">The object's name.</param>
    /// <param name="cancellationToken">Gives up; the object may be there or not.</param>
    /// <exception cref="StorageException">`StoreReadOnly`, `StoreAccessDenied`, `StoreWriteFailed`, `StoreNotFound`, `StoreUnreachable`.</exception>
    Task DeleteAsync(BlobName name, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a place, outside the visible names, where an object is gathered in pieces: a new one, or the one that an earlier upload with
    /// the same name, id and length left, with the bytes it had. The caller takes an id that no other writer uses at the same time.
    /// </summary>
    /// <param name="name">The name that the object shall have.</param>
    /// <param name="uploadId">Tells uploads apart: 1 to 64 lower-case hex digits.</param>
    /// <param name="length">The object's whole length in bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The upload; the caller disposes it, which keeps what it gathered.</returns>
    /// <exception cref="StorageException">`StoreFull`, `StoreReadOnly`, `StoreAccessDenied`, `StoreWriteFailed`, `StoreNotFound`, `StoreUnreachable`.</exception>
    Task<IBlobUpload> OpenUploadAsync(BlobName name, string uploadId, long length, CancellationToken cancellationToken);

    /// <summary>
    /// Lists what lies outside the visible names: pieces of uploads, and what killed writers left. For the collector, which knows from
    /// leases and from what it saw change whether a writer lives. Deleting too early costs the writer its work, never its data.
    /// </summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">As <see cref="ListAsync"/>.</exception>
    IAsyncEnumerable<TemporaryBlob> ListTemporariesAsync(CancellationToken cancellationToken);

    /// <summary>Deletes one of them; one that is not there is deleted already.</summary>
    /// <param name="name">Its <see cref="TemporaryBlob.Name"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">No such name can be.</exception>
    /// <exception cref="StorageException">As <see cref="DeleteAsync"/>.</exception>
    Task DeleteTemporaryAsync(string name, CancellationToken cancellationToken);
}
