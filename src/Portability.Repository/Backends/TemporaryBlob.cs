namespace Portability.Repository.Backends;

/// <summary>Something that a writer left, or still writes, outside the visible names.</summary>
/// <param name="Name">Its name, as <see cref="IBlobStore.DeleteTemporaryAsync"/> takes it.</param>
/// <param name="UploadId">The upload it belongs to, or null for a put.</param>
/// <param name="Length">Its length in bytes; a listing later that shows another one proves that its writer lives.</param>
public readonly record struct TemporaryBlob(string Name, string? UploadId, long Length)
{
    /// <summary>Tells whether it holds the pieces of an upload.</summary>
    /// <param name="name">The name that the object shall have.</param>
    /// <param name="uploadId">The upload's id.</param>
    public bool IsOf(BlobName name, string uploadId) => string.Equals(Name, UploadName.Of(name, uploadId), StringComparison.Ordinal);
}
