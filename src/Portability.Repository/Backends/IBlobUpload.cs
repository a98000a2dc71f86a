namespace Portability.Repository.Backends;

/// <summary>
/// An object that is gathered in pieces and becomes visible, whole and verified, at the end. One caller at a time. Disposing keeps the
/// pieces for a later <see cref="IBlobStore.OpenUploadAsync"/>. Errors are those of <see cref="IBlobStore.PutIfAbsentAsync"/>, and
/// `TemporaryVanished` (transient) when the collector has taken the pieces: open again.
/// </summary>
public interface IBlobUpload : IAsyncDisposable
{
    /// <summary>The name that the object shall have.</summary>
    BlobName Name { get; }

    /// <summary>The object's whole length in bytes.</summary>
    long Length { get; }

    /// <summary>Bytes gathered so far: where to go on. After a power cut they may be other bytes; completing finds out.</summary>
    long Offset { get; }

    /// <summary>Adds bytes at <see cref="Offset"/>.</summary>
    /// <param name="content">What follows; not beyond <see cref="Length"/>.</param>
    /// <param name="cancellationToken">Gives up; some of the bytes may be kept, see <see cref="Offset"/>.</param>
    /// <exception cref="ArgumentException">More bytes than the object has.</exception>
    Task AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>
    /// Flushes and verifies what was gathered, then puts it under its name unless that is taken; with either answer nothing temporary is
    /// left. Pieces that do not have the hash are thrown away.
    /// </summary>
    /// <param name="sha256">SHA-256 that the object must have, 32 bytes.</param>
    /// <param name="cancellationToken">Gives up; the object may be there or not.</param>
    /// <exception cref="InvalidOperationException">Not all bytes are there.</exception>
    /// <exception cref="IntegrityException">`ObjectDamagedInTransfer`: the bytes are others; nothing became visible.</exception>
    Task<PutResult> CompleteAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken);

    /// <summary>Throws the pieces away.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task AbandonAsync(CancellationToken cancellationToken);
}
