using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>Public half of a signing key: ECDSA on P-256 with SHA-256 (FIPS 186-5). Thread-safe.</summary>
public sealed class VerificationKey : IDisposable
{
    /// <summary>Length in bytes of a signature: r and s, 32 bytes each, big-endian (IEEE P1363).</summary>
    public const int SignatureSize = 64;

    /// <summary>Signatures that are remembered: who waits for others reads their records again and again.</summary>
    private const int Remembered = 1024;

    private readonly byte[]?[] fitted = new byte[]?[Remembered];
    private readonly byte[] encoded;
    // .NET's keys are for one thread at a time: each thread that verifies takes one of its own and leaves it for the next.
    private readonly ConcurrentStack<ECDsa> idle = [];
    private readonly ECParameters parameters;

    private VerificationKey(byte[] encoded, ECParameters parameters)
    {
        this.encoded = encoded;
        this.parameters = parameters;
        idle.Push(ECDsa.Create(parameters));
        Fingerprint = KeyFingerprint.Of(encoded);
    }

    /// <summary>The key, DER (RFC 5480): always the one form with a named curve and an uncompressed point.</summary>
    public ReadOnlyMemory<byte> SubjectPublicKeyInfo => encoded;

    /// <summary>What a person compares and pins.</summary>
    public KeyFingerprint Fingerprint { get; }

    /// <summary>Reads a key that anyone may have made.</summary>
    /// <param name="subjectPublicKeyInfo">The key in exactly the form of <see cref="SubjectPublicKeyInfo"/>.</param>
    /// <exception cref="InvalidFormatException">Not a P-256 key in that form, or a point that is not on the curve.</exception>
    public static VerificationKey Read(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        new(subjectPublicKeyInfo.ToArray(), P256PublicKey.Read(subjectPublicKeyInfo));

    /// <summary>Tells whether a signature was made over these bytes by this key.</summary>
    /// <param name="data">Signed bytes.</param>
    /// <param name="signature">Any bytes; another length than <see cref="SignatureSize"/> is no signature.</param>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != SignatureSize)
        {
            return false;
        }

        Span<byte> both = stackalloc byte[2 * SHA256.HashSizeInBytes];
        SHA256.HashData(data, both);
        SHA256.HashData(signature, both[SHA256.HashSizeInBytes..]);
        byte[] pair = SHA256.HashData(both);
        ref byte[]? slot = ref fitted[BinaryPrimitives.ReadUInt16LittleEndian(pair) % Remembered];
        if (Volatile.Read(ref slot) is { } before && before.AsSpan().SequenceEqual(pair))
        {
            return true;
        }

        ECDsa key = idle.TryPop(out ECDsa? spare) ? spare : ECDsa.Create(parameters);
        try
        {
            bool fits = key.VerifyHash(both[..SHA256.HashSizeInBytes], signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            if (fits)
            {
                Volatile.Write(ref slot, pair);
            }

            return fits;
        }
        finally
        {
            idle.Push(key);
        }
    }

    /// <summary>Releases the key.</summary>
    public void Dispose()
    {
        while (idle.TryPop(out ECDsa? key))
        {
            key.Dispose();
        }
    }
}
