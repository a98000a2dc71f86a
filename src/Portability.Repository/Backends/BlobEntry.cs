namespace Portability.Repository.Backends;

/// <summary>One object of a listing.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct BlobEntry(BlobName Name, long Length);
