using System.Buffers;
using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>Reads back what stands under a name, to learn whether a put whose answer was lost was this one.</summary>
internal static class StoredBytes
{
    private const int PieceLength = 1 << 20;

    /// <summary>Tells whether an object has exactly these bytes.</summary>
    public static async Task<bool> AreAsync(IBlobStore store, BlobName name, ReadOnlySequence<byte> content, CancellationToken cancellationToken)
    {
        using var hash = new RunningHash();
        foreach (ReadOnlyMemory<byte> piece in content)
        {
            hash.Append(piece.Span);
        }

        byte[] sha256 = new byte[ContentHash.Size];
        hash.Finish(sha256);
        return await HaveHashAsync(store, name, content.Length, sha256, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells whether an object is there and has this length and SHA-256.</summary>
    public static async Task<bool> HaveHashAsync(IBlobStore store, BlobName name, long length, ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken)
    {
        if (await store.GetLengthAsync(name, cancellationToken).ConfigureAwait(false) != length)
        {
            return false;
        }

        using var hash = new RunningHash();
        byte[] piece = new byte[(int)Math.Min(PieceLength, Math.Max(1, length))];
        while (hash.Length < length)
        {
            int count = await store.GetAsync(name, hash.Length, piece.AsMemory(0, (int)Math.Min(piece.Length, length - hash.Length)), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return false;
            }

            hash.Append(piece.AsSpan(0, count));
        }

        byte[] found = new byte[ContentHash.Size];
        hash.Finish(found);
        return ContentHash.AreSame(found, sha256.Span);
    }
}
