using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>
/// AES-256-GCM under one key, with nonces that the caller gives (NIST SP 800-38D): a nonce used twice under one key gives both texts away.
/// Thread-safe, and calls from several threads run beside each other; the key is zeroed on disposal.
/// </summary>
public sealed class AeadKey : IDisposable
{
    /// <summary>Length in bytes of the key.</summary>
    public const int KeySize = 32;

    /// <summary>Length in bytes of a nonce.</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes that sealing adds behind the ciphertext.</summary>
    public const int TagSize = 16;

    private readonly ConcurrentStack<AesGcm> idle = [];
    private readonly SecretBytes key;
    private volatile bool disposed;

    /// <summary>Initialises with a copy of a key; the source stays the caller's to zero.</summary>
    /// <param name="key"><see cref="KeySize"/> bytes.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public AeadKey(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySize)
        {
            throw new ArgumentException(FormattableString.Invariant($"A key has {KeySize} bytes, not {key.Length}."), nameof(key));
        }

        this.key = new SecretBytes(key);
    }

    /// <summary>Writes a nonce made of two numbers, big-endian: 4 bytes that separate uses of one key, 8 that count.</summary>
    /// <param name="purpose">Separates uses.</param>
    /// <param name="counter">Counts within one use.</param>
    /// <param name="target">Where the <see cref="NonceSize"/> bytes go.</param>
    public static void WriteNonce(uint purpose, ulong counter, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target, purpose);
        BinaryPrimitives.WriteUInt64BigEndian(target[sizeof(uint)..], counter);
    }

    /// <summary>Seals a text: ciphertext, then the tag.</summary>
    /// <param name="nonce"><see cref="NonceSize"/> bytes, never used before under this key.</param>
    /// <param name="plaintext">What to seal; may share its first byte with <paramref name="target"/>.</param>
    /// <param name="associatedData">What is bound to it, not stored.</param>
    /// <param name="target">Exactly plaintext's length + <see cref="TagSize"/> bytes.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> target)
    {
        if (target.Length != plaintext.Length + TagSize)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"Sealing {plaintext.Length} bytes needs {plaintext.Length + TagSize}, not {target.Length}."), nameof(target));
        }

        AesGcm cipher = Rent();
        try
        {
            cipher.Encrypt(nonce, plaintext, target[..plaintext.Length], target[plaintext.Length..], associatedData);
        }
        finally
        {
            Return(cipher);
        }
    }

    /// <summary>Opens what <see cref="Seal"/> made. Nothing of a text that was changed is shown: the target is zeroed.</summary>
    /// <param name="nonce">The nonce it was sealed with.</param>
    /// <param name="sealedText">Ciphertext and tag, of any length a hostile store may give.</param>
    /// <param name="associatedData">What was bound to it.</param>
    /// <param name="target">Exactly the sealed length less <see cref="TagSize"/> bytes.</param>
    /// <returns>False if text, nonce, key or associated data are not those of the sealing, or the text is shorter than a tag.</returns>
    /// <exception cref="ArgumentException">The target's length does not fit.</exception>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    public bool TryOpen(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> sealedText, ReadOnlySpan<byte> associatedData, Span<byte> target)
    {
        int length = sealedText.Length - TagSize;
        if (length < 0)
        {
            return false;
        }

        AesGcm cipher = Rent();
        try
        {
            cipher.Decrypt(nonce, sealedText[..length], sealedText[length..], target, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            CryptographicOperations.ZeroMemory(target);
            return false;
        }
        finally
        {
            Return(cipher);
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        disposed = true;
        key.Dispose();
        DisposeIdle();
    }

    private AesGcm Rent()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return idle.TryPop(out AesGcm? cipher) ? cipher : new AesGcm(key.AsSpan(), TagSize);
    }

    private void Return(AesGcm cipher)
    {
        idle.Push(cipher);
        if (disposed)
        {
            DisposeIdle();
        }
    }

    private void DisposeIdle()
    {
        while (idle.TryPop(out AesGcm? cipher))
        {
            cipher.Dispose();
        }
    }
}
