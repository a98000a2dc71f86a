using Portability.Core.Crypto;

namespace Portability.Repository.Keys;

/// <summary>Computes content ids of blocks: HMAC-SHA-256 under a key of one scope. Thread-safe; the key is zeroed on disposal.</summary>
/// <remarks>FORMAT.md, section 6.</remarks>
public sealed class ContentIdHasher : IDisposable
{
    /// <summary>Length in bytes of a content id.</summary>
    public const int Size = ContentHash.Size;

    private readonly SecretBytes key;

    internal ContentIdHasher(SecretBytes key, int blockSize)
    {
        this.key = key;
        BlockSize = blockSize;
    }

    /// <summary>Length in bytes of every block.</summary>
    public int BlockSize { get; }

    /// <summary>Computes the id of a block.</summary>
    /// <param name="block">Exactly <see cref="BlockSize"/> bytes, the last block of a disk padded with zeros.</param>
    /// <param name="contentId">Where the <see cref="Size"/> bytes go.</param>
    /// <exception cref="ArgumentException">The block has another length.</exception>
    public void Compute(ReadOnlySpan<byte> block, Span<byte> contentId)
    {
        if (block.Length != BlockSize)
        {
            throw new ArgumentException(FormattableString.Invariant($"A block has {BlockSize} bytes, not {block.Length}."), nameof(block));
        }

        ContentHash.HmacSha256(key.AsSpan(), block, contentId);
    }

    /// <summary>Tells whether a block is what its id says.</summary>
    /// <param name="block">Exactly <see cref="BlockSize"/> bytes.</param>
    /// <param name="contentId">Expected id.</param>
    public bool Matches(ReadOnlySpan<byte> block, ReadOnlySpan<byte> contentId)
    {
        Span<byte> computed = stackalloc byte[Size];
        Compute(block, computed);
        return ContentHash.AreSame(computed, contentId);
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => key.Dispose();
}
