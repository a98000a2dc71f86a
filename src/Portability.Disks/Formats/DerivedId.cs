using System.Security.Cryptography;
using System.Text;

namespace Portability.Disks.Formats;

/// <summary>Derives the several ids that an image stores from the one fresh id it is made with.</summary>
internal static class DerivedId
{
    private const int VersionAt = 7, VariantAt = 8;

    /// <summary>Derives an id; equal inputs give equal ids.</summary>
    /// <param name="uniqueId">The fresh id of the image.</param>
    /// <param name="purpose">What the derived id is for.</param>
    /// <returns>A GUID of version 8 (RFC 9562, 5.8).</returns>
    public static Guid Make(Guid uniqueId, string purpose)
    {
        Span<byte> input = stackalloc byte[16 + Encoding.ASCII.GetMaxByteCount(purpose.Length)];
        uniqueId.TryWriteBytes(input);
        int length = 16 + Encoding.ASCII.GetBytes(purpose, input[16..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input[..length], hash);
        hash[VersionAt] = (byte)((hash[VersionAt] & 0x0F) | 0x80);
        hash[VariantAt] = (byte)((hash[VariantAt] & 0x3F) | 0x80);
        return new Guid(hash[..16]);
    }
}
