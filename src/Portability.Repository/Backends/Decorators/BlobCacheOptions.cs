namespace Portability.Repository.Backends;

/// <summary>What a <see cref="CachingBlobStore"/> keeps.</summary>
public sealed record BlobCacheOptions
{
    /// <summary>Which objects are kept: only those that never change and whose bytes the reader checks against a signature or hash.</summary>
    public required Predicate<BlobName> Keeps { get; init; }

    /// <summary>Longest object that is kept, in bytes.</summary>
    public int MaximumObjectLength { get; init; } = 4 << 20;

    /// <summary>Bytes that the cache may take; when they are reached, a third of the entries goes.</summary>
    public long MaximumLength { get; init; } = 1L << 30;
}
