using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>
/// Key bytes that the collector never copies and that are zeroed on disposal. Prints as `***`. Reading while another thread
/// disposes is a defect of the caller.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private byte[]? bytes;

    /// <summary>Initialises with a copy; the source stays the caller's to zero.</summary>
    /// <param name="source">The secret.</param>
    public SecretBytes(ReadOnlySpan<byte> source)
        : this(source.Length) => source.CopyTo(bytes);

    private SecretBytes(int length) => bytes = GC.AllocateUninitializedArray<byte>(length, pinned: true);

    /// <summary>Length in bytes.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public int Length => AsSpan().Length;

    /// <summary>Draws a random secret.</summary>
    /// <param name="random">Where the bytes come from.</param>
    /// <param name="length">Length in bytes.</param>
    public static SecretBytes Draw(RandomSource random, int length) => Create(length, random, static (target, source) => source.Fill(target));

    /// <summary>Makes a secret that a callback fills in place.</summary>
    /// <typeparam name="T">Type of the callback's argument.</typeparam>
    /// <param name="length">Length in bytes.</param>
    /// <param name="state">Passed to the callback.</param>
    /// <param name="fill">Writes all bytes of the secret.</param>
    public static SecretBytes Create<T>(int length, T state, global::System.Buffers.SpanAction<byte, T> fill)
    {
        var secret = new SecretBytes(length);
        try
        {
            fill(secret.bytes, state);
            return secret;
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    /// <summary>The secret; valid until disposal.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public ReadOnlySpan<byte> AsSpan()
    {
        ObjectDisposedException.ThrowIf(bytes is null, this);
        return bytes;
    }

    /// <summary>Always `***`.</summary>
    public override string ToString() => "***";

    /// <summary>Zeroes the secret.</summary>
    public void Dispose()
    {
        if (bytes is not null)
        {
            CryptographicOperations.ZeroMemory(bytes);
            bytes = null;
        }
    }
}
