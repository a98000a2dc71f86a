using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Engine.Replication;

/// <summary>Hashes stored objects in pieces.</summary>
internal static class ObjectDigest
{
    private const int PieceLength = 1 << 20;

    /// <summary>SHA-256 of all bytes of an object.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The object.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Null if it is not there.</returns>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    public static async Task<Digest?> OfAsync(IBlobStore store, BlobName name, CancellationToken cancellationToken)
    {
        using var hash = new RunningHash();
        byte[] piece = new byte[PieceLength];
        long offset = 0;
        try
        {
            int count;
            while ((count = await store.GetAsync(name, offset, piece, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.Append(piece.AsSpan(0, count));
                offset += count;
            }
        }
        catch (StorageException exception) when (exception.ErrorId is "ObjectNotFound")
        {
            return null;
        }

        byte[] digest = new byte[Digest.Size];
        hash.Finish(digest);
        return Digest.Read(digest);
    }
}
