using System.Security.Cryptography;
using System.Text;

namespace Portability.Core.Crypto;

/// <summary>
/// A passphrase, kept as UTF-8 exactly as it was typed (no normalisation), zeroed on disposal. Prints as `***`; the bytes are behind a
/// method, so that no serialiser writes them.
/// </summary>
public sealed class SecretText : IDisposable
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly SecretBytes bytes;

    /// <summary>Initialises with a copy; the source stays the caller's to zero.</summary>
    /// <param name="text">The passphrase.</param>
    /// <exception cref="ArgumentException">The text holds half a surrogate pair.</exception>
    public SecretText(ReadOnlySpan<char> text)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(Strict.GetMaxByteCount(text.Length), pinned: true);
        try
        {
            bytes = new SecretBytes(buffer.AsSpan(0, Strict.GetBytes(text, buffer)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    /// <summary>True if there are no characters.</summary>
    public bool IsEmpty => AsUtf8().IsEmpty;

    /// <summary>The passphrase as UTF-8; valid until disposal.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public ReadOnlySpan<byte> AsUtf8() => bytes.AsSpan();

    /// <summary>Tells, in a time that does not depend on where they differ, whether two passphrases are the same.</summary>
    /// <param name="other">The other one.</param>
    public bool IsSameAs(SecretText other) => CryptographicOperations.FixedTimeEquals(AsUtf8(), other.AsUtf8());

    /// <summary>Always `***`.</summary>
    public override string ToString() => "***";

    /// <summary>Zeroes the passphrase.</summary>
    public void Dispose() => bytes.Dispose();
}
