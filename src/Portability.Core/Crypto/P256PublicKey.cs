using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>
/// The one accepted encoding of a P-256 public key (RFC 5480, sections 2.1 and 2.2): a fixed header and an uncompressed point. One key,
/// one encoding, one fingerprint.
/// </summary>
internal static class P256PublicKey
{
    public const int PointSize = 1 + (2 * CoordinateSize);
    public const int Size = HeaderSize + PointSize;
    private const int HeaderSize = 26;
    private const int CoordinateSize = 32;
    private const byte Uncompressed = 4;

    /// <summary>SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING } up to the point.</summary>
    private static ReadOnlySpan<byte> Header =>
    [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01,
        0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ];

    /// <summary>Tells whether bytes look like this encoding; the point is not checked.</summary>
    public static bool HasForm(ReadOnlySpan<byte> subjectPublicKeyInfo) =>
        subjectPublicKeyInfo.Length == Size && subjectPublicKeyInfo.StartsWith(Header) && subjectPublicKeyInfo[HeaderSize] == Uncompressed;

    /// <summary>Reads and checks a key.</summary>
    /// <exception cref="InvalidFormatException">Another form, or a point that is not on the curve.</exception>
    public static ECParameters Read(ReadOnlySpan<byte> subjectPublicKeyInfo) => HasForm(subjectPublicKeyInfo)
        ? ReadPoint(subjectPublicKeyInfo[HeaderSize..])
        : throw new InvalidFormatException("P-256 public key", "SubjectPublicKeyInfo", 0, FormattableString.Invariant($"{subjectPublicKeyInfo.Length} bytes that are not a named-curve P-256 key with an uncompressed point"));

    /// <summary>Reads and checks an uncompressed point.</summary>
    /// <exception cref="InvalidFormatException">Another form, or a point that is not on the curve.</exception>
    public static ECParameters ReadPoint(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointSize || point[0] != Uncompressed)
        {
            throw new InvalidFormatException("P-256 public key", "point", 0, FormattableString.Invariant($"{point.Length} bytes that are not an uncompressed point"));
        }

        var parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point.Slice(1, CoordinateSize).ToArray(), Y = point[(1 + CoordinateSize)..].ToArray() },
        };
        try
        {
            ECDiffieHellman.Create(parameters).Dispose();
            return parameters;
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            throw new InvalidFormatException("P-256 public key", "point", 0, "the point is not on the curve: " + exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>Writes a key in the accepted encoding; the array belongs to the caller.</summary>
    public static byte[] Write(ECParameters parameters)
    {
        byte[] encoded = new byte[Size];
        Header.CopyTo(encoded);
        WritePoint(parameters, encoded.AsSpan(HeaderSize));
        return encoded;
    }

    /// <summary>Writes an uncompressed point of <see cref="PointSize"/> bytes.</summary>
    public static void WritePoint(ECParameters parameters, Span<byte> target)
    {
        target[0] = Uncompressed;
        parameters.Q.X.CopyTo(target[1..]);
        parameters.Q.Y.CopyTo(target[(1 + CoordinateSize)..]);
    }
}
