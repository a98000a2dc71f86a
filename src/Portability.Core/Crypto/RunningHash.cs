using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>SHA-256 of bytes that come in pieces. One thread at a time.</summary>
public sealed class RunningHash : IDisposable
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes hashed since the start or the last <see cref="Finish(Span{byte})"/>.</summary>
    public long Length { get; private set; }

    /// <summary>Adds bytes.</summary>
    /// <param name="source">The next bytes.</param>
    public void Append(ReadOnlySpan<byte> source)
    {
        hash.AppendData(source);
        Length += source.Length;
    }

    /// <summary>Writes the hash of all bytes so far and goes on.</summary>
    /// <param name="target">Where the <see cref="ContentHash.Size"/> bytes go.</param>
    public void Peek(Span<byte> target) => hash.GetCurrentHash(target);

    /// <summary>Writes the hash of all bytes and starts anew.</summary>
    /// <param name="target">Where the <see cref="ContentHash.Size"/> bytes go.</param>
    public void Finish(Span<byte> target)
    {
        hash.GetHashAndReset(target);
        Length = 0;
    }

    /// <summary>Releases the hash.</summary>
    public void Dispose() => hash.Dispose();
}
