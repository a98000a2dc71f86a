using System.Text.Json;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>
/// The MAC of a trust record: HMAC-SHA-256 over the body's bytes without the 64 digits of its own `mac` member, under a key of the epoch
/// before. Only the bytes are looked at, so that any writer's JSON can be checked.
/// </summary>
internal static class TrustMac
{
    private const int DigitCount = 2 * RecordHash.Size;

    /// <summary>Puts the MAC into a body whose `mac` is empty.</summary>
    public static byte[] Insert(byte[] body, Keyring keyring, uint epochBefore)
    {
        (int at, int length) = Find(body);
        if (length != 0)
        {
            throw new ArgumentException("The body holds a MAC already.", nameof(body));
        }

        string digits = Convert.ToHexStringLower(Compute(body, keyring, epochBefore));
        return [.. body.AsSpan(0, at), .. global::System.Text.Encoding.ASCII.GetBytes(digits), .. body.AsSpan(at)];
    }

    /// <summary>Tells whether the MAC in a body is right.</summary>
    /// <exception cref="RepositoryException">`EpochUnknown`.</exception>
    public static bool IsRight(ReadOnlySpan<byte> body, RecordHash mac, Keyring keyring, uint epochBefore)
    {
        (int at, int length) = Find(body);
        return length == DigitCount && ContentHash.AreSame(Compute([.. body[..at], .. body[(at + length)..]], keyring, epochBefore), mac.AsSpan());
    }

    private static byte[] Compute(byte[] body, Keyring keyring, uint epochBefore)
    {
        byte[] mac = new byte[RecordHash.Size];
        using SecretBytes key = keyring.TrustKey(epochBefore);
        ContentHash.HmacSha256(key.AsSpan(), body, mac);
        return mac;
    }

    /// <summary>Where the digits of the top-level `mac` member lie; the body parsed as a trust record before.</summary>
    private static (int At, int Length) Find(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = RecordJson.MaximumDepth });
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("mac"u8))
            {
                reader.Read();
                return ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            }
        }

        throw TrustRefusal.Because("it has no member 'mac'");
    }
}
